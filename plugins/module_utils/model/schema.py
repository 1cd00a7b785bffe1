"""How a dataclass stands in JSON: one declaration a field, used for reading and for writing.

A ``Form`` reads a JSON value into a Python one and back. ``member`` attaches a JSON name and a
form to a dataclass field; ``struct`` is the form of a dataclass made of members. A dataclass may
define ``normalised()`` (fill defaults that depend on other fields) and ``problems()`` (rules
between fields).
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from .errors import Invalid, Problem

T = TypeVar("T")
Members = tuple[tuple[str, str, "Form[Any]", bool], ...]
# More different ones than nodes, networks and roles a cluster has; what is more is read again.
_REMEMBERED = 8192
# What dataclasses say of a class, kept because every read and write of a resource asks for it.
_MEMBERS: dict[type[Any], Members] = {}


@dataclasses.dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """``decode(value, strict)`` raises Invalid; ``strict`` also refuses unknown fields (user input).

    ``fields`` is the dataclass of an object, ``items`` that of the objects in a list; ``keep_empty`` if an empty one is
    written.
    """

    decode: Callable[[object, bool], T]
    encode: Callable[[T], object]
    fields: type[Any] | None = None
    items: type[Any] | None = None
    keep_empty: bool = False


def member(name: str, form: Form[Any], default: object = None, *, required: bool = False) -> Any:
    """A dataclass field with its JSON name; None and empty collections are not written."""
    metadata = {"name": name, "form": form}
    if required:
        return dataclasses.field(metadata=metadata)
    if default == {}:
        return dataclasses.field(default_factory=dict, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def shared(form: Form[T]) -> Form[T]:
    """The form of a text that many resources have alike: read once, and one object for them all."""
    # What is refused is not remembered, so it is refused in the same words each time.
    remembered = functools.lru_cache(maxsize=_REMEMBERED)(form.decode)

    def decode(value: object, strict: bool) -> T:
        return remembered(value, strict) if isinstance(value, str) else form.decode(value, strict)

    return dataclasses.replace(form, decode=decode)


def struct(cls: type[T]) -> Form[T]:
    """The JSON object form of a dataclass whose fields are members."""
    return Form(
        decode=lambda value, strict: decode(cls, value, strict=strict),
        encode=encode,
        fields=cls,
    )


def decode(cls: type[T], value: object, *, strict: bool) -> T:
    """Read ``cls`` from a JSON object; raises Invalid with every problem found."""
    if not isinstance(value, Mapping):
        raise Invalid.of(value, "must be an object with named fields")
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for attribute, name, form, required in members(cls):
        item = value.get(name)
        if item is None:
            if required:
                problems.append(Problem(name, None, "the field is required"))
            continue
        try:
            found[attribute] = form.decode(item, strict)
        except Invalid as error:
            problems.extend(error.under(name))
    if strict:
        problems.extend(_unknown(cls, value))
    if problems:
        raise Invalid(problems)
    made = cls(**found)
    check(made)
    return made


def check(value: object) -> None:
    """Apply the rules between fields; raises Invalid."""
    rules: Callable[[], Iterable[Problem]] | None = getattr(value, "problems", None)
    if rules is not None and (problems := list(rules())):
        raise Invalid(problems)


def encode(value: object, onto: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Write a struct; with ``onto``, over that stored object, whose unknown fields survive."""
    cls = type(value)
    written = dict(onto or {})
    for attribute, name, form, _required in members(cls):
        current = getattr(value, attribute)
        below = written.pop(name, None)
        if current is None or (current in ((), {}) and not form.keep_empty):
            continue
        if form.fields is not None:
            written[name] = encode(current, below if isinstance(below, Mapping) else None)
        elif form.items is not None and isinstance(below, list):
            written[name] = _encode_items(form.items, current, below)
        elif (encoded := form.encode(current)) is not None:
            written[name] = encoded
    return written


def _encode_items(cls: type[Any], current: Iterable[Any], below: list[Any]) -> list[Any]:
    """Items that stand in the stored list keep their unknown fields, wherever they stand now."""
    known: list[tuple[Any, Mapping[str, Any]]] = []
    for item in below:
        try:
            known.append((decode(cls, item, strict=False), item))
        except Invalid:
            continue
    written = []
    for item in current:
        found = next((index for index, (same, _stored) in enumerate(known) if same == item), None)
        written.append(encode(item, None if found is None else known.pop(found)[1]))
    return written


def renamed(cls: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON object from values by attribute name (``block_size``); None is left out."""
    return {
        name: _renamed_value(form, values[attribute])
        for attribute, name, form, _required in members(cls)
        if values.get(attribute) is not None
    }


def _renamed_value(form: Form[Any], value: Any) -> Any:
    if form.fields is not None and isinstance(value, Mapping):
        return renamed(form.fields, value)
    if form.items is not None and isinstance(value, (list, tuple)):
        return [renamed(form.items, item) if isinstance(item, Mapping) else item for item in value]
    return value


def members(cls: type[Any]) -> Members:
    """(attribute, JSON name, form, required) of each member, in order."""
    if cls not in _MEMBERS:
        _MEMBERS[cls] = tuple(
            (field.name, field.metadata["name"], field.metadata["form"], _is_required(field))
            for field in dataclasses.fields(cls)
            if "form" in field.metadata
        )
    return _MEMBERS[cls]


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _unknown(cls: type[Any], value: Mapping[str, Any]) -> Iterable[Problem]:
    known = [name for _attribute, name, _form, _required in members(cls)]
    for name in sorted(set(map(str, value)) - set(known)):
        yield Problem(name, value.get(name), f"no such field; known fields are {', '.join(known)}")
