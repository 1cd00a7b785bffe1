"""What ``calicoctl node status`` says of a session that a real router does not let come up, or ended."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from calico_node.dataplane import tcp_passwords

from . import routers
from .routers import Rack
from .waiting import until

SECRET = {"password": {"secretKeyRef": {"name": "bgp", "key": "tor"}}}
KNOWN = {"passwords": {"bgp": {"tor": "ours"}}}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rack]:
    with routers.rack(tmp_path_factory.mktemp("status"), 254) as rack:
        yield rack


@pytest.fixture
def rack(made: Rack) -> Rack:
    """Without sessions, as in the beginning."""
    made.clear()
    return made


def told(rack: Rack, directory: pathlib.Path) -> str:
    """What the command prints and complains of, on the host."""
    counters = directory / "netstat"
    counters.write_text(rack.host.space.run("cat", str(tcp_passwords.FILE)))
    return routers.node_status(rack, counters)


@pytest.mark.parametrize(
    ("spec", "more", "router", "words"),
    [
        pytest.param(SECRET, KNOWN, {"options": routers.md5("theirs")}, "with another password", id="another password"),
        pytest.param(SECRET, KNOWN, {}, "without one", id="a password on this side only"),
        pytest.param(
            {}, {}, {"options": routers.md5("theirs")}, "the session has none here", id="on the other side only"
        ),
        pytest.param(
            {"asNumber": 64999}, {}, {}, "the peer has another AS number than 64999", id="another AS than ours"
        ),
        pytest.param(
            {}, {}, {"host_as": 64777}, "expects another AS number than 64512 of this host", id="the other AS"
        ),
    ],
)
def test_what_keeps_a_session_down(
    spec: dict[str, Any], more: dict[str, Any], router: dict[str, Any], words: str, rack: Rack, tmp_path: pathlib.Path
) -> None:
    rack.routers[254].configure(**router)
    rack.configure(*routers.peers(254, **spec), **more)
    text = until(lambda: told(rack, tmp_path), lambda text: text.count(words) == 4, seconds=30)
    assert "2 of 2 BGP sessions are not established: 172.31.1.254 (BGPPeer router254-v4): " in text
    assert "ours" not in text


def test_a_peer_that_says_too_much(rack: Rack, tmp_path: pathlib.Path) -> None:
    rack.routers[254].configure("192.0.2.0/24", "198.51.100.0/24")
    rack.configure(*routers.peers(254, {"calico.docker/import-limit": "1"}))
    until(lambda: told(rack, tmp_path), lambda text: "the peer announces more than the import limit" in text)
    rack.routers[254].configure("192.0.2.0/24")
    routers.established(rack, 254)


def test_a_peer_that_was_told_too_much(rack: Rack, tmp_path: pathlib.Path) -> None:
    """BIRD as the peer only hangs up; what other routers say is in test_bird_others.py."""
    rack.routers[254].configure(channel="import limit 1 action disable;")
    rack.configure(*routers.peers(254), affinities={routers.HOST: ["10.65.0.0/26", "10.65.0.64/26"]})
    until(lambda: told(rack, tmp_path), lambda text: "the peer hangs up" in text or "nobody serves BGP there" in text)


def test_a_peer_that_was_shut_down_and_one_that_is_gone(rack: Rack, tmp_path: pathlib.Path) -> None:
    rack.configure(*routers.peers(254))
    routers.established(rack, 254)
    rack.routers[254].bird.ask("disable host4")
    until(lambda: told(rack, tmp_path), lambda text: text.count("shut down at the peer by its administrator") == 2)
    rack.routers[254].bird.kill()
    until(lambda: told(rack, tmp_path), lambda text: "its routes are kept" in text or "nobody serves BGP there" in text)


def test_prefixes_are_counted(rack: Rack, tmp_path: pathlib.Path) -> None:
    rack.routers[254].configure("192.0.2.0/24", "198.51.100.0/24", "2001:db8::/48")
    rack.configure(*routers.peers(254), affinities={routers.HOST: ["10.65.0.0/26", "fd65::/122"]})
    for words in (["2", "1", "Established"], ["1", "1", "Established"]):
        until(lambda words=words: counted(rack, tmp_path, words))


def counted(rack: Rack, directory: pathlib.Path, words: list[str]) -> bool:
    rows = [[cell.strip() for cell in line.split("|")] for line in told(rack, directory).splitlines()]
    return words in [row[-4:-1] for row in rows]
