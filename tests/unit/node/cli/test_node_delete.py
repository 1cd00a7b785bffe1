"""``calicoctl node delete``: who is there is refused, who is gone gives everything back."""

from __future__ import annotations

import contextlib
import pathlib

import pytest

from tests.fakes import cluster
from tests.fakes.bird import FakeBird
from tests.unit.node.cli.terminal import Terminal
from tests.unit.node.ipam.audited import World

SESSION = """\
1002-mesh4_172_31_1_11 BGP --- up 2026-11-24 06:51:46 Established
1006-  BGP state:          Established
     Neighbor address: 172.31.1.11
"""


@pytest.fixture
def world() -> World:
    made = World()
    made.start("host1")
    made.start("host2")
    return made


@pytest.fixture
def terminal(world: World, tmp_path: pathlib.Path) -> Terminal:
    return Terminal(tmp_path, world.store, world.clock)


def bird(terminal: Terminal) -> FakeBird:
    return FakeBird(terminal.directory / "bird.ctl", {"show protocols all": f"{SESSION}0000 \n"})


def test_a_host_that_is_gone_gives_everything_back(world: World, terminal: Terminal) -> None:
    result = terminal.run("node", "delete", "host1")
    assert (result.code, result.errors) == (0, "")
    assert result.output == "Node host1 is deleted. Released: 1 endpoints, 1 addresses, 1 blocks.\n"
    assert not any("host1" in key for key in world.store.documents())
    assert cluster.node_key("host2") in world.store.documents()


def test_a_second_time_there_is_nothing_to_delete(terminal: Terminal) -> None:
    terminal.run("node", "delete", "host1")
    result = terminal.run("node", "delete", "host1")
    assert (result.code, result.output) == (1, "")
    assert result.errors == "there is no node host1, and nothing is left of one\n"


@pytest.mark.parametrize(
    ("life", "text"),
    [
        pytest.param("session", "its BGP session with this host is established (172.31.1.11)", id="a BGP session"),
        pytest.param("answer", "172.31.1.11 answers", id="an answer"),
        pytest.param("self", "host1 is this host", id="this host itself"),
    ],
)
def test_a_host_that_is_there_is_kept_unless_told_otherwise(
    life: str, text: str, world: World, terminal: Terminal
) -> None:
    before = world.store.documents()
    if life == "answer":
        terminal.answering.add("172.31.1.11")
    if life == "self":
        terminal.environ["NODENAME"] = "host1"
    with bird(terminal) if life == "session" else contextlib.nullcontext():
        result = terminal.run("node", "delete", "host1")
        assert (result.code, result.output) == (1, "")
        assert text in result.errors
        assert "force" in result.errors
        assert world.store.documents() == before
        assert terminal.run("node", "delete", "host1", "--force").code == 0


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param(["delete"], "name the node: calicoctl node delete NAME", id="without a name"),
        pytest.param(["status", "host1"], "belong to: calicoctl node delete", id="a name for what is of this host"),
        pytest.param(["counters", "--force"], "belong to: calicoctl node delete", id="force for what has none"),
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str], text: str, terminal: Terminal) -> None:
    result = terminal.run("node", *words)
    assert result.code == 1
    assert text in result.errors
