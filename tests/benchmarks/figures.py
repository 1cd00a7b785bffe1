"""Figures: what was measured, in which unit, each sample; kept as JSON in build/bench/figures and shown as one table.

python3 -m tests.benchmarks.figures NAME NANOSECONDS      adds a sample to a figure in seconds (scripts/timed)
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import statistics
import sys
from collections.abc import Iterable, Sequence

DIRECTORY = pathlib.Path(__file__).parents[2] / "build" / "bench" / "figures"
SAMPLES = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """Something measured; the median counts."""

    name: str
    unit: str
    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    def keep(self, directory: pathlib.Path = DIRECTORY) -> None:
        """One file a figure: a run of some benchmarks leaves the others' figures alone."""
        directory.mkdir(parents=True, exist_ok=True)
        document = {"name": self.name, "unit": self.unit, "median": self.median, "samples": self.samples}
        _path(self.name, directory).write_text(json.dumps(document, indent=2) + "\n")


def add(name: str, unit: str, sample: float, directory: pathlib.Path = DIRECTORY) -> None:
    """One more sample of a figure; the last few are kept."""
    path = _path(name, directory)
    earlier = _read(path).samples if path.exists() else ()
    Figure(name, unit, (*earlier, sample)[-SAMPLES:]).keep(directory)


def kept(directory: pathlib.Path = DIRECTORY) -> list[Figure]:
    """Every figure that was ever kept, by name."""
    return sorted(map(_read, directory.glob("*.json")), key=lambda figure: figure.name)


def _path(name: str, directory: pathlib.Path) -> pathlib.Path:
    words = "".join(letter if letter.isalnum() else " " for letter in name.lower()).split()
    return directory / f"{'-'.join(words)}.json"


def _read(path: pathlib.Path) -> Figure:
    document = json.loads(path.read_text())
    return Figure(document["name"], document["unit"], tuple(document["samples"]))


def table(figures: Iterable[Figure]) -> str:
    """Name, median, unit, and the range of the samples."""
    return aligned([("figure", "median", "unit", "lowest", "highest", "samples"), *map(_row, figures)])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a table, each column as wide as it must be."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _row(figure: Figure) -> tuple[str, ...]:
    numbers = (figure.median, min(figure.samples), max(figure.samples))
    median, lowest, highest = (f"{number:.4g}" for number in numbers)
    return figure.name, median, figure.unit, lowest, highest, str(len(figure.samples))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


if __name__ == "__main__":
    add(sys.argv[1], "s", round(int(sys.argv[2]) / 1e9, 1))
