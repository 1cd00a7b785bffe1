"""Records and fields that are there by a percentage, and shrink to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import strategies as st

from . import records
from .records import Change


def likely(draw: st.DrawFn, percent: int) -> bool:
    return draw(st.integers(0, 99)) >= 100 - percent


@st.composite
def fields(draw: st.DrawFn, wanted: Mapping[str, tuple[int, st.SearchStrategy[Any]]]) -> dict[str, Any]:
    """A dictionary of fields, each there by its percentage."""
    return {name: draw(value) for name, (percent, value) in wanted.items() if likely(draw, percent)}


@st.composite
def any_of(draw: st.DrawFn, percent: int, strategies: Iterable[st.SearchStrategy[Change]]) -> tuple[Change, ...]:
    """Each by the percentage."""
    return tuple(draw(strategy) for strategy in strategies if likely(draw, percent))


@st.composite
def record(
    draw: st.DrawFn,
    kind: str,
    name: str,
    spec: Mapping[str, tuple[int, st.SearchStrategy[Any]]],
    metadata: Mapping[str, tuple[int, st.SearchStrategy[Any]]] | None = None,
) -> Change:
    """One record."""
    return records.raw(kind, name, draw(fields(spec)), draw(fields(metadata or {})))


def together(*parts: st.SearchStrategy[tuple[tuple[Change, ...], ...]]) -> st.SearchStrategy[tuple[Change, ...]]:
    """A store of several groups of groups of records."""
    return st.tuples(*parts).map(
        lambda drawn: tuple(change for groups in drawn for group in groups for change in group)
    )
