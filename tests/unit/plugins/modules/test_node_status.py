"""A host is well if agent, driver and BIRD say so; what is wrong is told, or ends the task."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.calico.docker.plugins.modules import node_status
from tests.fakes import peers
from tests.fakes.bird import FakeBird

from .conftest import RunModule as Run

WELL = {"ready": True, "inSync": True, "revision": 7, "errors": [], "counts": {"endpoints": 3}}


@pytest.fixture
def run(tmp_path: pathlib.Path, answer_of: Run) -> Run:
    places = {f"{name}_socket": str(tmp_path / name) for name in ("agent", "driver", "bird")}
    return lambda **options: answer_of(node_status.main, **places, **options)


@contextlib.contextmanager
def services(directory: pathlib.Path, status: dict[str, Any]) -> Iterator[None]:
    with (
        peers.listening(directory / "agent", lambda *_asked: (200, status)),
        peers.listening(directory / "driver", lambda *_asked: (200, {"Implements": ["NetworkDriver"]})),
        FakeBird(directory / "bird", {"show status": "0013 Daemon is up and running\n"}),
    ):
        yield


def test_a_host_that_is_well(tmp_path: pathlib.Path, run: Run) -> None:
    with services(tmp_path, WELL):
        answer = run(require_healthy=True)
    assert (answer["changed"], answer["healthy"], answer["problems"]) == (False, True, [])
    assert answer["status"] == WELL


@pytest.mark.parametrize(
    ("status", "text"),
    [
        pytest.param({**WELL, "ready": False}, "calico-agent: the agent is not ready", id="not ready"),
        pytest.param({**WELL, "inSync": False}, "calico-agent: it does not reach the datastore", id="etcd down"),
        pytest.param({**WELL, "errors": ["table: no"]}, "calico-agent: table: no", id="an error"),
    ],
)
def test_what_is_wrong_is_told_or_ends_the_task(
    status: dict[str, Any], text: str, tmp_path: pathlib.Path, run: Run
) -> None:
    with services(tmp_path, status):
        answer = run()
        assert not answer.get("failed")
        assert [problem[: len(text)] for problem in answer["problems"]] == [text]
        ended = run(require_healthy=True)
    assert ended["failed"]
    assert ended["msg"].startswith(text)


def test_nobody_there_is_three_problems(run: Run) -> None:
    answer = run()
    assert [problem.partition(":")[0] for problem in answer["problems"]] == [
        "calico-agent",
        "calico-libnetwork",
        "calico-bird",
    ]
    assert answer["status"] == {}


def test_it_waits_for_a_host_that_gets_well(tmp_path: pathlib.Path, run: Run) -> None:
    answers = iter([{**WELL, "ready": False}] * 3)
    with (
        peers.listening(tmp_path / "agent", lambda *_asked: (200, next(answers, WELL))),
        peers.listening(tmp_path / "driver", lambda *_asked: (200, {"Implements": ["NetworkDriver"]})),
        FakeBird(tmp_path / "bird", {"show status": "0013 Daemon is up and running\n"}),
    ):
        assert run(timeout=20)["healthy"]


def test_the_examples(tmp_path: pathlib.Path, run: Run) -> None:
    with services(tmp_path, WELL):
        for task in yaml.safe_load(node_status.EXAMPLES):
            assert run(**(task["calico.docker.node_status"] or {}))["healthy"]
