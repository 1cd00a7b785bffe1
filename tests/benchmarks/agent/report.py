"""From samples to the table that people read and to build/bench/agent.json, which programs read.

python3 -m tests.benchmarks.agent.report SAMPLES RESULT        RESULT is of the last revision that was measured
"""

from __future__ import annotations

import json
import pathlib
import statistics
import sys
from collections.abc import Mapping, Sequence

from tests.benchmarks import figures

# By figure and unit.
Samples = Mapping[str, Mapping[str, Sequence[float]]]
_TIMES = (
    "write_to_kernel_0",
    "write_to_kernel_100",
    "write_to_kernel_500",
    "rules_to_kernel_100",
    "rules_to_kernel_500",
)
_WORK = ("cold_start_500_10000", "burst_1000_remote")
_RATIOS = ("throughput_ratio_10000", "connections_ratio_10000")
_ROUNDED = 3


def main(samples: pathlib.Path, result: pathlib.Path) -> None:
    by_revision: dict[str, Samples] = json.loads(samples.read_text())
    sys.stdout.write(table(by_revision) + "\n")
    last = list(by_revision)[-1]
    result.write_text(json.dumps(summary(by_revision[last]), indent=2) + "\n")


def summary(samples: Samples) -> dict[str, dict[str, float]]:
    """Each figure by its key; those that were not measured are left out."""
    found: dict[str, dict[str, float]] = {}
    for key in _TIMES:
        if key in samples:
            found[key] = {"median_ms": _median(samples[key]["ms"]), "p99_ms": _percentile(samples[key]["ms"])}
    if "write_to_kernel_500" in found:
        found["write_to_kernel_500_p99"] = {"value_ms": found["write_to_kernel_500"]["p99_ms"]}
    for key in _WORK:
        if key in samples:
            found[key] = {"median_ms": _median(samples[key]["ms"]), "cpu_s": _median(samples[key]["cpu_s"])}
    if "rss_500_10000" in samples:
        found["rss_500_10000"] = {"value_mb": _median(samples["rss_500_10000"]["mb"])}
    return found | {key: {"value_ratio": _median(samples[key]["ratio"])} for key in _RATIOS if key in samples}


def table(by_revision: Mapping[str, Samples]) -> str:
    """A row a figure, unit and revision."""
    rows: list[Sequence[str]] = [("figure", "unit", "revision", "median", "p99", "lowest", "samples")]
    names = dict.fromkeys(name for samples in by_revision.values() for name in samples)
    for name in names:
        for revision, samples in by_revision.items():
            rows += [_row(name, unit, revision, numbers) for unit, numbers in samples.get(name, {}).items()]
    return figures.aligned(rows)


def _row(name: str, unit: str, revision: str, numbers: Sequence[float]) -> Sequence[str]:
    found = (_median(numbers), _percentile(numbers), min(numbers))
    return (name, unit, revision, *(f"{number:.4g}" for number in found), str(len(numbers)))


def _median(numbers: Sequence[float]) -> float:
    return round(statistics.median(numbers), _ROUNDED)


def _percentile(numbers: Sequence[float], percent: int = 99) -> float:
    """The sample below which so many percent are; of few samples the highest."""
    return round(sorted(numbers)[-(-len(numbers) * percent // 100) - 1], _ROUNDED)


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:]))
