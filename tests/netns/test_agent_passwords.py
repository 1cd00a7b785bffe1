"""Passwords of BGP from the file that role node writes, through the running agent, to BIRD's file; and nowhere else."""

import json
import pathlib
import signal
import stat
from collections.abc import Iterator

import pytest

from calico_node.dataplane import bird, password_file
from tests.states import records

from . import processes
from .hosts import Host
from .namespaces import World
from .waiting import until

BGP = {"ipv4Address": "192.0.2.1/24"}
PEER = {"peerIP": "192.0.2.9", "asNumber": 64513, "password": {"secretKeyRef": {"name": "bgp", "key": "tor"}}}
SECRETS = bird.Paths().config.with_name("secrets.conf")


@pytest.fixture
def agent(tmp_path: pathlib.Path) -> Iterator[processes.Agent]:
    with World() as world, Host(world, tmp_path) as host:
        etcd = processes.Etcd(host, tmp_path)
        etcd.put(records.raw("Node", "host1", {"bgp": BGP}), records.raw("BGPPeer", "tor", PEER))
        made = processes.Agent(host, tmp_path)
        made.start()
        yield made
        made.close()
    password_file.FILE.unlink(missing_ok=True)


def give(agent: processes.Agent, passwords: dict[str, str]) -> None:
    """What role node does: the file, then a reload of the unit."""
    new = password_file.FILE.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps({"bgp": passwords}))
    new.rename(password_file.FILE)
    agent.process.send_signal(signal.SIGHUP)


def test_a_password_comes_changes_and_goes_with_its_file(agent: processes.Agent) -> None:
    missing = "BGPPeer tor: no session: this host has no password bgp/tor; add it to calico_bgp_passwords"
    until(lambda: missing in agent.status()["warnings"])
    assert "protocol bgp" not in bird.Paths().config.read_text()
    for password in ("the first", "the second"):
        give(agent, {"tor": password})
        until(lambda password=password: SECRETS.exists() and password in SECRETS.read_text())
        until(lambda: agent.status()["warnings"], lambda warnings: warnings == [])
        assert "'password:bgp:tor'" in bird.Paths().config.read_text()
    assert "the first" not in SECRETS.read_text()
    assert stat.S_IMODE(SECRETS.stat().st_mode) == 0o600
    give(agent, {})
    until(lambda: missing in agent.status()["warnings"])
    until(SECRETS.read_text, lambda text: text == "")
    told = agent.log() + json.dumps(agent.status()) + bird.Paths().config.read_text()
    assert "the first" not in told
    assert "the second" not in told
