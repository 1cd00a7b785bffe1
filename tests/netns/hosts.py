"""A Docker host in a namespace: containers cabled as the plugin does it, the agent's order with the real drivers."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder
from calico_node.agent.order import Drivers, Order, Outcome
from calico_node.calc.endpoints import INTERFACE_PREFIX
from calico_node.dataplane import (
    bird,
    interfaces,
    iptables,
    libnftables,
    links,
    netlink,
    netlink_tunnels,
    nft,
    routes,
    sysctls,
    tunnels,
)
from calico_node.render import marks
from tests.states import records

from .inside import inside
from .namespaces import Namespace, World
from .traffic import Place
from .waiting import until

GATEWAY = "169.254.1.1"


class Host:
    """Host ``host1`` of the test states, with an uplink to the namespace ``outside``."""

    def __init__(self, world: World, directory: pathlib.Path) -> None:
        self.world = world
        self.space = world.space("host")
        self.space.forward()
        self._outside = self._uplink()
        self._directory = directory
        with inside(self.space):
            self._kernel = netlink.Netlink()
            self._tunnels = netlink_tunnels.TunnelNetlink()
        self.order = self.restarted()

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *_failure: object) -> None:
        self._kernel.close()
        self._tunnels.close()

    def restarted(self) -> Order:
        """The agent's order as a new process has it: without memory."""
        with inside(self.space):
            self.drivers = self._drivers()
        return Order("host1", self.drivers)

    @property
    def outside(self) -> Place:
        """The other end of the uplink, once packets get there."""
        _wait_for_carrier(self._outside.space)
        _wait_for_carrier(self.space)
        return self._outside

    def container(self, number: int) -> Place:
        """The container of tests.states' endpoint ``number``, cabled to the host."""
        _wait_for_carrier(self.space)
        space = self.world.space(f"c{number}")
        name = f"{INTERFACE_PREFIX}{number:011x}"
        self.cable(space, name)
        four, six = records.default_addresses(number)
        space.address("eth0", f"{four}/32", f"{six}/128")
        space.ip(f"route add {GATEWAY} dev eth0 scope link")
        space.ip(f"route add default via {GATEWAY} dev eth0")
        space.ip(f"-6 route add default via {interfaces.GATEWAY_IPV6} dev eth0")
        return Place(space, {4: four, 6: six})

    def cable(self, space: Namespace, name: str) -> None:
        self.world.cable(self.space, name, space, "eth0")
        self.space.ip(f"link set {name} address ee:ee:ee:ee:ee:ee up")
        # A running agent may have been faster.
        self.space.succeeds("ip", "address", "add", f"{interfaces.GATEWAY_IPV6}/64", "dev", name, "nodad")
        space.ip("link set eth0 up")
        _wait_for_carrier(space)

    def apply(self, changes: Iterable[records.Change], *, resync: bool = False) -> Outcome:
        """The whole way from the store's records to the kernel. Fails if anything could not be done."""
        outcome = self.attempt(changes, resync=resync)
        assert outcome.errors == []
        return outcome

    def attempt(self, changes: Iterable[records.Change], *, resync: bool = False) -> Outcome:
        snapshot = snapshot_builder.build(changes, 1)
        with inside(self.space):
            if resync:
                self.order.resync()
            return self.order.apply(snapshot, self.interfaces(), lambda _outcome: None)

    def links(self) -> links.Links:
        return self.interfaces().ours

    def interfaces(self) -> links.Interfaces:
        """What the agent's monitor would report."""
        inventory = links.Inventory(INTERFACE_PREFIX)
        listener = netlink.LinkListener()
        inventory.list(listener.links())
        listener.close()
        # One listing is one era for all of them: nothing is remembered from one to the next.
        return inventory.current()

    def _drivers(self) -> Drivers:
        settings = sysctls.Sysctls()
        config, control = self._directory / "bird.conf", self._directory / "bird.ctl"
        return Drivers(
            nft=nft.NftDriver(libnftables.Library()),
            routes=routes.RouteDriver(self._kernel),
            interfaces=interfaces.InterfaceDriver(self._kernel, settings),
            sysctls=settings,
            iptables=iptables.IptablesDriver(marks.ACCEPTED, INTERFACE_PREFIX),
            bird=bird.BirdDriver(bird.Paths(config=config, control=control)),
            tunnels=tunnels.TunnelDriver(self._tunnels),
        )

    def _uplink(self) -> Place:
        outside = self.world.space("outside")
        self.world.cable(self.space, "eth0", outside, "eth0")
        self.space.address("eth0", "192.0.2.1/24", "2001:db8::1/64")
        outside.address("eth0", "192.0.2.9/24", "2001:db8::9/64")
        outside.ip("route add 10.65.0.0/16 via 192.0.2.1")
        outside.ip("-6 route add fd65::/48 via 2001:db8::1")
        self.space.ip("route add default via 192.0.2.9")
        self.space.ip("-6 route add default via 2001:db8::9")
        return Place(outside, {4: "192.0.2.9", 6: "2001:db8::9"})


def _wait_for_carrier(space: Namespace) -> None:
    """The kernel drops what is sent before it has noticed that the other end is up."""
    until(lambda: space.run("cat", "/sys/class/net/eth0/operstate").strip(), lambda state: state == "up")
