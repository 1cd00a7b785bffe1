"""One row a check, and the table of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

OK, FAILED, SKIPPED = "ok", "FAILED", "skipped"
_HEADING = ("HOST", "CHECK", "STATE", "WHAT DIFFERS")
_SHOWN = 10  # of one check on one host: a host that lost all routes need not name each


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A check of a host; ``differs`` says what is not as it should be, or how much is."""

    host: str
    check: str
    state: str = OK
    differs: str = ""

    def __str__(self) -> str:
        return f"{self.host}: {self.check}: {self.differs}"


def failed(host: str, check: str, differs: str) -> Row:
    """A check that found something."""
    return Row(host, check, FAILED, differs)


def one_or_all(good: Row, bad: Sequence[Row]) -> Iterable[Row]:
    """``good`` if nothing is bad, else all that is, up to a bound."""
    if not bad:
        return [good]
    if len(bad) <= _SHOWN:
        return bad
    return [*bad[:_SHOWN], failed(good.host, good.check, f"and {len(bad) - _SHOWN} more")]


def table(rows: Iterable[Row]) -> list[str]:
    """Lines with padded columns below a heading."""
    cells = [_HEADING, *((row.host, row.check, row.state, row.differs) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
