"""A host between two networks, one of which is the world outside, with containers of its own."""

from __future__ import annotations

from tests.states import states

from . import traffic
from .hosts import Host
from .traffic import Place

CONTAINERS = states.STATES["two networks"]  # 1, 2: frontend; 3: backend


class Net:
    """``outside`` - eth0 host eth1 - ``inner``, and containers."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.outside = host.outside
        inner = host.world.space("inner")
        host.world.cable(host.space, "eth1", inner, "eth0")
        host.space.address("eth1", "198.51.100.1/24", "2001:db8:1::1/64")
        inner.address("eth0", "198.51.100.9/24", "2001:db8:1::9/64")
        inner.ip("route add default via 198.51.100.1")
        inner.ip("-6 route add default via 2001:db8:1::1")
        self.outside.space.ip("route add 198.51.100.0/24 via 192.0.2.1")
        self.outside.space.ip("-6 route add 2001:db8:1::/64 via 2001:db8::1")
        self.inner = Place(inner, {4: "198.51.100.9", 6: "2001:db8:1::9"})
        self.itself = Place(host.space, {4: "192.0.2.1", 6: "2001:db8::1"})
        self.one = host.container(1)

    def reaches(self, source: Place, target: Place, port: int) -> bool:
        """Whether a TCP connection is made, to somebody who listens; the same in both IP versions."""
        with traffic.listening(target, port):
            four, six = traffic.reaching((source.space, address, port) for address in target.addresses.values())
        assert four == six, f"{source.name} to {target.name} port {port}: IPv4 {four}, IPv6 {six}"
        return four
