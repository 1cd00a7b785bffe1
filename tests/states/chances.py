"""Draws that are likely by the percent, and shrink to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st


def likely(draw: st.DrawFn, percent: int) -> bool:
    return draw(st.integers(0, 99)) >= 100 - percent


@st.composite
def fields(draw: st.DrawFn, wanted: Mapping[str, tuple[int, st.SearchStrategy[Any]]]) -> dict[str, Any]:
    """A dictionary of fields, each there by its percentage."""
    return {name: draw(value) for name, (percent, value) in wanted.items() if likely(draw, percent)}
