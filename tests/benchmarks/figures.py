"""Figures: what was measured, in which unit, each sample; kept as JSON in build/bench and shown as one table."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import statistics
from collections.abc import Iterable, Sequence

DIRECTORY = pathlib.Path(__file__).parents[2] / "build" / "bench"
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
        (directory / f"{slug(self.name)}.json").write_text(json.dumps(document, indent=2) + "\n")


def slug(name: str) -> str:
    """The file's name for a figure."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split())


def kept(directory: pathlib.Path = DIRECTORY) -> list[Figure]:
    """Every figure that was ever kept, by name."""
    documents = [json.loads(path.read_text()) for path in directory.glob("*.json")]
    figures = [Figure(item["name"], item["unit"], tuple(item["samples"])) for item in documents]
    return sorted(figures, key=lambda figure: figure.name)


def table(figures: Iterable[Figure]) -> str:
    """Name, median, unit, and the range of the samples."""
    rows = [("figure", "median", "unit", "lowest", "highest", "samples"), *map(_row, figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _row(figure: Figure) -> tuple[str, ...]:
    numbers = (figure.median, min(figure.samples), max(figure.samples))
    median, lowest, highest = (f"{number:.4g}" for number in numbers)
    return figure.name, median, figure.unit, lowest, highest, str(len(figure.samples))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
