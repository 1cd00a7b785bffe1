"""The figures of Docker's starts: ratios round by round, each figure under its key."""

import json
import pathlib

import pytest

from tests.benchmarks.docker import report

SAMPLES = {
    "run_calico_28.5": [1.0, 4.0, 3.0],
    "run_calico_dual_stack_28.5": [1.0, 2.0, 3.0],
    "run_bridge_28.5": [2.0, 4.0, 3.0],
    "crowd_calico": [30.0],
    "crowd_bridge": [20.0],
    "call_Join (ms)": [10.0, 20.0, 30.0],
    "addresses handed out by 8 hosts (1/s)": [100.0],
    "RequestAddress of one host, p50 (ms)": [2.0],
}


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    found = report.summary(SAMPLES)
    assert found["run_ratio_28.5"] == {"value_ratio": 1.0}
    assert found["run_ratio_dual_stack_28.5"] == {"value_ratio": 0.5}
    assert found["crowd_ratio"] == {"value_ratio": 1.5}


def test_a_round_that_lacks_one_side_is_no_round() -> None:
    with pytest.raises(ValueError, match="zip"):
        report.ratio({"a": [1.0], "b": [1.0, 2.0]}, "a", "b")


def test_each_figure_stands_under_its_key() -> None:
    found = report.summary(SAMPLES)
    assert found["call_Join"] == {"median_ms": 20.0, "p99_ms": 30.0}
    assert found["run_bridge_28.5"] == {"median_s": 3.0, "p99_s": 4.0}
    assert found["addresses_handed_out_by_8_hosts"] == {"median_per_s": 100.0}
    assert found["RequestAddress_of_one_host_p50"] == {"median_ms": 2.0, "p99_ms": 2.0}


def test_samples_become_a_table_and_a_file(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples, result = tmp_path / "samples.json", tmp_path / "docker.json"
    samples.write_text(json.dumps(SAMPLES))
    report.main(samples, result)
    assert json.loads(result.read_text()) == report.summary(SAMPLES)
    assert "run_ratio_28.5" in capsys.readouterr().out
