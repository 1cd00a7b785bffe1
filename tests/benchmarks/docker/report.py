"""From samples to the table that people read and to build/bench/docker.json, which programs read.

python3 -m tests.benchmarks.docker.report SAMPLES RESULT
"""

from __future__ import annotations

import json
import pathlib
import statistics
import sys
from collections.abc import Mapping, Sequence

from tests.benchmarks import figures

Samples = Mapping[str, Sequence[float]]
_RUN, _CALL = "run_calico_", "call_"


def main(samples: pathlib.Path, result: pathlib.Path) -> None:
    found: Samples = json.loads(samples.read_text())
    result.write_text(json.dumps(summary(found), indent=2) + "\n")
    sys.stdout.write(table(found) + "\n")


def summary(samples: Samples) -> dict[str, dict[str, float]]:
    """Each figure by its key; a ratio is of what was measured side by side."""
    found: dict[str, dict[str, float]] = {}
    for version in _versions(samples):
        found[f"run_ratio_{version}"] = {
            "value_ratio": ratio(samples, f"run_calico_{version}", f"run_bridge_{version}")
        }
        found[f"run_ratio_dual_stack_{version}"] = {
            "value_ratio": ratio(samples, f"run_calico_dual_stack_{version}", f"run_bridge_{version}")
        }
    if "crowd_calico" in samples:
        found["crowd_ratio"] = {"value_ratio": ratio(samples, "crowd_calico", "crowd_bridge")}
    for name, times in samples.items():
        key, _, unit = name.removesuffix(")").partition(" (")
        found["_".join(key.replace(",", "").split())] = _value(times, unit or "s")
    return found


def ratio(samples: Samples, ours: str, others: str) -> float:
    """The median of the ratios round by round: what disturbs a round disturbs both."""
    pairs = zip(samples[ours], samples[others], strict=True)
    return round(statistics.median(our / other for our, other in pairs), 3)


def table(samples: Samples) -> str:
    """A row for each figure; ratios first."""
    rows: list[Sequence[str]] = [("figure", "median", "p99", "lowest", "samples")]
    for key, value in summary(samples).items():
        if "value_ratio" in value:
            rows.append((key, f"{value['value_ratio']:.3f}", "", "", ""))
    for name, times in samples.items():
        numbers = (statistics.median(times), percentile(times), min(times))
        rows.append((name, *(f"{number:.4g}" for number in numbers), str(len(times))))
    return figures.aligned(rows)


def percentile(numbers: Sequence[float], percent: int = 99) -> float:
    """The sample below which so many percent are; of few samples the highest."""
    return round(sorted(numbers)[-(-len(numbers) * percent // 100) - 1], 3)


def _value(times: Sequence[float], unit: str) -> dict[str, float]:
    suffix = unit.replace("1/s", "per_s")
    median = {f"median_{suffix}": round(statistics.median(times), 3)}
    return median if suffix == "per_s" else {**median, f"p99_{suffix}": percentile(times)}


def _versions(samples: Samples) -> list[str]:
    names = (name.removeprefix(_RUN) for name in samples if name.startswith(_RUN))
    return [name for name in names if not name.startswith("dual_stack_")]


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:]))
