"""The benchmark's JSON has the keys that its readers know; a percentile of few samples is the highest."""

import json
import pathlib

from tests.benchmarks.agent import report

MILLISECONDS = {"ms": [3.0, 1.0, 2.0]}
SAMPLES = {
    "write_to_kernel_0": MILLISECONDS,
    "write_to_kernel_100": MILLISECONDS,
    "write_to_kernel_500": {"ms": [1.0, 9.0]},
    "write_to_kernel_500_in_a_row": MILLISECONDS,
    "rules_to_kernel_100": MILLISECONDS,
    "rules_to_kernel_500": MILLISECONDS,
    "cold_start_500_10000": {"ms": [900.0], "cpu_s": [0.8]},
    "burst_1000_remote": {"ms": [90.0], "cpu_s": [0.2]},
    "rss_500_10000": {"mb": [70.0, 80.0]},
    "throughput_ratio_10000": {"ratio": [0.9, 1.0, 1.1]},
    "connections_ratio_10000": {"ratio": [0.98]},
}
TIMES = {"median_ms": 2.0, "p99_ms": 3.0}


def test_each_figure_stands_under_its_key() -> None:
    assert report.summary(SAMPLES) == {
        "write_to_kernel_0": TIMES,
        "write_to_kernel_100": TIMES,
        "write_to_kernel_500": {"median_ms": 5.0, "p99_ms": 9.0},
        "write_to_kernel_500_p99": {"value_ms": 9.0},
        "rules_to_kernel_100": TIMES,
        "rules_to_kernel_500": TIMES,
        "cold_start_500_10000": {"median_ms": 900.0, "cpu_s": 0.8},
        "burst_1000_remote": {"median_ms": 90.0, "cpu_s": 0.2},
        "rss_500_10000": {"value_mb": 75.0},
        "throughput_ratio_10000": {"value_ratio": 1.0},
        "connections_ratio_10000": {"value_ratio": 0.98},
    }


def test_what_was_not_measured_is_left_out() -> None:
    assert report.summary({"rss_500_10000": {"mb": [70.0]}}) == {"rss_500_10000": {"value_mb": 70.0}}


def test_of_a_hundred_samples_one_may_be_higher() -> None:
    times = {"write_to_kernel_0": {"ms": [float(number) for number in range(1, 101)]}}
    assert report.summary(times)["write_to_kernel_0"]["p99_ms"] == 99.0


def test_revisions_stand_side_by_side_and_the_last_one_counts(tmp_path: pathlib.Path) -> None:
    samples, result = tmp_path / "samples", tmp_path / "result"
    samples.write_text(json.dumps({"old": {"rss_500_10000": {"mb": [70.0]}}, "new": {"rss_500_10000": {"mb": [60.0]}}}))
    report.main(samples, result)
    assert json.loads(result.read_text()) == {"rss_500_10000": {"value_mb": 60.0}}
    assert [line.split()[2] for line in report.table(json.loads(samples.read_text())).splitlines()] == [
        "revision",
        "old",
        "new",
    ]
