"""Text tables: padded columns for lists, and framed ones as upstream draws statuses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Row = Sequence[str]


def padded(rows: Iterable[Row]) -> str:
    """Columns three blanks apart, the heading first."""
    table = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ("   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table)
    return "\n".join(lines) + "\n"


def framed(rows: Iterable[Row]) -> str:
    """Columns between bars, the heading above a line."""
    heading, *body = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(heading, *body, strict=True)]
    line = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    return "\n".join([line, _framed(heading, widths), line, *(_framed(row, widths) for row in body), line]) + "\n"


def _framed(row: Row, widths: Sequence[int]) -> str:
    return "|" + "|".join(f" {cell.ljust(width)} " for cell, width in zip(row, widths, strict=True)) + "|"
