"""Two Docker hosts, a machine outside and an etcd on one switch: all that a test with a real engine needs."""

from __future__ import annotations

import pathlib
import signal
import subprocess
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import kinds, resources
from tests.fakes import cluster
from tests.netns import etcds
from tests.netns.namespaces import Namespace, World
from tests.netns.traffic import Place
from tests.netns.waiting import until

from . import hosts, leftovers
from .machines import Machine

NUMBERS = (1, 2)
POOLS = {"p4": "10.65.0.0/16", "p6": "fd65::/48"}
_TESTER = "192.0.2.254"
_CABLE = "tester"


class Site:
    """One release of the engine on every host. The second host starts when somebody asks for it."""

    def __init__(self, directory: pathlib.Path, release: str, *, recorded: bool = True) -> None:
        self.release = release
        self._directory = directory
        self._recorded = recorded
        self.hosts: dict[int, hosts.Host] = {}

    def __enter__(self) -> Site:
        self.world = World()
        self._switch = self.world.rack()
        outside = self.world.space("outside")
        self._connect(outside, 9)
        # As a router that knows the pools and one of the hosts.
        outside.ip(f"route add {POOLS['p4']} via 192.0.2.1")
        outside.ip(f"-6 route add {POOLS['p6']} via 2001:db8::1")
        self.outside = Place(outside, {4: "192.0.2.9", 6: "2001:db8::9"})
        self._connect_tester()
        self.etcd = etcds.Member(self._directory, "etcd", address=_TESTER)
        self.etcd.start()
        until(self.etcd.answers, seconds=30)
        self.store = store.open(store.Config(endpoints=(self.etcd.url,)))
        self._fill()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for host in self.hosts.values():
            host.end()
        self.store.close()
        self.etcd.kill()
        ip("link", "delete", _CABLE)
        self.world.__exit__(kind, error, trace)

    def host(self, number: int) -> hosts.Host:
        """Host 1 or 2, running."""
        if number not in self.hosts:
            space = self.world.space(f"host{number}")
            self._connect(space, number)
            space.ip("route add default via 192.0.2.9")
            space.ip("-6 route add default via 2001:db8::9")
            machine = Machine(space, f"host{number}")
            directory = self._directory / machine.name
            self.hosts[number] = hosts.Host(machine, self.release, self.etcd.url, directory, recorded=self._recorded)
            self.hosts[number].start()
        return self.hosts[number]

    def clean(self) -> None:
        """Remove what a test made, and fail if it left anything behind; the next test finds nothing of it."""
        self.etcd.send(signal.SIGCONT)  # a test that failed may have left it stopped
        for host in self.hosts.values():
            host.clean()
        try:
            until(lambda: leftovers.of(self), lambda found: found == [])
        finally:
            leftovers.wipe(self)

    def _connect(self, space: Namespace, number: int) -> None:
        """A port of the switch, and the addresses that end in ``number``."""
        self.world.cable(space, "eth0", self._switch, f"port{number}")
        self._switch.ip(f"link set port{number} master bridge up")
        space.address("eth0", f"192.0.2.{number}/24", f"2001:db8::{number}/64")

    def _connect_tester(self) -> None:
        """The test's own namespace is where etcd is."""
        ip("link", "add", _CABLE, "type", "veth", "peer", "name", "tester", "netns", self._switch.name)
        self._switch.ip("link set tester master bridge up")
        ip("address", "add", f"{_TESTER}/24", "dev", _CABLE)
        ip("link", "set", _CABLE, "up")

    def _fill(self) -> None:
        """What the roles write: nodes and pools."""
        for number in NUMBERS:
            addresses = {"ipv4Address": f"192.0.2.{number}/24", "ipv6Address": f"2001:db8::{number}/64"}
            self.put("Node", f"host{number}", {"bgp": addresses})
        for name, cidr in POOLS.items():
            self.put("IPPool", name, {"cidr": cidr})

    def put(self, kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> int:
        """Write a resource; its revision."""
        key, document = cluster.record(kind, name, spec, **metadata)
        return self.store.commit({key: document})

    def delete(self, kind: str, name: str) -> None:
        """Delete a resource."""
        self.store.commit({}, [resources.key_of(kinds.by_name(kind), name)])


def ip(*words: str) -> None:
    """The command, in the test's own namespace."""
    subprocess.run(["ip", *words], check=True)
