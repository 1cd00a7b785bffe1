"""Published ports as people read them."""

from __future__ import annotations

import pathlib

from tests.states import records
from tests.unit.node.cli.terminal import Terminal

WEB = [
    {"name": "published", "protocol": "TCP", "port": 80, "hostPort": 8080},
    {"protocol": 17, "port": 53, "hostPort": 53, "hostIP": "127.0.0.1"},
    {"name": "web", "protocol": "TCP", "port": 80},
]
OTHER = [{"protocol": "SCTP", "port": 7, "hostPort": 7, "hostIP": "::"}]
NAMES = {"calico.docker/container": "web", "calico.docker/network": "frontend"}


def test_ports_of_all_hosts_or_of_one(tmp_path: pathlib.Path) -> None:
    terminal = Terminal(tmp_path)
    unreadable = records.raw("WorkloadEndpoint", "host1-libnetwork-libnetwork-x", {}, {"namespace": "libnetwork"})
    for change in (
        records.endpoint(1, ports=WEB, labels=NAMES),
        records.endpoint(2, node="host2", addresses=["10.65.0.2"], ports=OTHER),
        records.endpoint(3),
        unreadable,
    ):
        assert change.value is not None
        terminal.store.put(change.key, change.value)
    assert terminal.run("node", "ports").output.splitlines() == [
        "NODE    HOST PORT   AT          CONTAINER      NETWORK    LEADS TO",
        "host1   53/UDP      127.0.0.1   web            frontend   10.65.0.1:53",
        "host1   8080/TCP    *           web            frontend   10.65.0.1:80, [fd65::1]:80",
        "host2   7/SCTP      ::          000000000000   -          nowhere",
    ]
    assert len(terminal.run("node", "ports", "host2").output.splitlines()) == 2
    assert terminal.run("node", "ports", "host2", "--force").code == 1
