"""Documents that are nearly what upstream writes, and documents that are nothing like it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from .test_golden import DOCUMENTS

# Values that are right somewhere and wrong elsewhere
_WORDS = (
    "", " ", "default", "Default", "node.host1", "a.b.c", "x" * 254, "-", "*", "eth0", "has(a)", "a == 'b'", "global()",
    "a in {", "(" * 200, "all() && ", "10.0.0.0/8", "10.0.0.1/8", "10.0.0.1", "fd00::/8", "fd00::1%eth0", "::/0",
    "0.0.0.0/0", "1.2.3.4.5", "TCP", "tcp", "Allow", "Set", "Delete", "Ingress", "80", "80:90", "90:80", "0", "http",
    "1m0s", "1" * 5000, "1:2", "1:2:3", "65536:1", "\x00", "\n", "\ud800", '{"name":"y"}', "[" * 5000,
)  # fmt: skip
_NUMBERS = (0, 1, -1, 4, 5, 6, 26, 80, 255, 256, 65535, 65536, 1 << 32, 1 << 64, 10**400, 0.5, 1e308)
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.sampled_from(_WORDS), st.sampled_from(_NUMBERS), st.text(max_size=8), st.integers()
)
JSON: st.SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=8,
)


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Every name in a document with what stands under it."""
    if isinstance(value, list):
        for item in value:
            yield from _fields(item)
    if isinstance(value, dict):
        yield from value.items()
        for item in value.values():
            yield from _fields(item)


# What upstream stores under a name, in any kind
_VALUES: dict[str, list[Any]] = {}
for _document in DOCUMENTS.values():
    for _name, _value in _fields(_document):
        _VALUES.setdefault(_name, []).append(_value)


@st.composite
def near(draw: st.DrawFn) -> Any:
    """What upstream stores, with a few changes at any depth."""
    document = copy.deepcopy(draw(st.sampled_from(list(DOCUMENTS.values()))))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.sampled_from(["spec", "spec", "spec", "metadata", None]))
        place = document.get(start) if start else document
        _change(draw, place if isinstance(place, dict) else document)
    return document


def _change(draw: st.DrawFn, place: Any) -> None:
    """Another value, a further one, or one less, there or below."""
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys)) if keys else None
        below = None if key is None else place[key]
        if not isinstance(below, (dict, list)) or draw(st.integers(0, 3)) == 0:
            break
        place = below
    what = draw(st.sampled_from(["replace", "add", "remove"]))
    if what == "add" and isinstance(place, list):
        place.append(draw(JSON | st.sampled_from(place) if place else JSON))
    elif what == "add":
        name = draw(st.sampled_from(sorted(_VALUES)) | st.text(max_size=6))
        place[name] = draw(_value_for(name))
    elif key is not None and what == "remove":
        del place[key]
    elif key is not None:
        place[key] = draw(_value_for(key))


def _value_for(key: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(_VALUES[key]).map(copy.deepcopy) | JSON if key in _VALUES else JSON
