"""The tunnels' driver against a kernel in memory: only what differs is done, and in an order that loses little."""

from collections.abc import Set

import pytest

from calico_node.calc import tunnels as wanted_tunnels
from calico_node.calc.tunnels import Device, End, Tunnels
from calico_node.dataplane import errors, netlink_tunnels, tunnels
from calico_node.dataplane.netlink_tunnels import Link, Route

DEVICE = Device(
    name="vxlan.calico",
    kind="vxlan",
    version=4,
    address="10.65.0.1",
    local="192.0.2.11",
    mac="66:00:00:00:00:01",
    port=4789,
    vni=4096,
)
HOST2, HOST3 = End("10.65.0.65", "66:00:00:00:00:02", "192.0.2.12"), End("10.65.1.1", "66:00:00:00:00:03", "192.0.2.13")
NEAR = wanted_tunnels.Route("10.65.2.0/26", "192.0.2.14")


def to(end: End, block: str) -> wanted_tunnels.Route:
    return wanted_tunnels.Route(block, end.address, DEVICE.name)


WANTED = Tunnels(
    devices=(DEVICE,),
    ends={DEVICE.name: (HOST2, HOST3)},
    routes=(to(HOST2, "10.65.0.64/26"), to(HOST3, "10.65.1.0/26"), NEAR),
)


class FakeKernel:
    """Devices, what they know, and routes; ``calls`` are the writes."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.links: dict[str, Link] = {}
        self.there: dict[int, set[str]] = {}
        self.known: dict[int, set[End]] = {}
        self.table: set[Route] = set()
        self.refused: set[str] = set()

    def find(self, name: str) -> Link | None:
        return self.links.get(name)

    def mtu_at(self, _address: str) -> int | None:
        return 9000

    def add(self, device: Device) -> None:
        self.calls.append(f"add {device.name}")
        self.links[device.name] = Link(len(self.calls), False, 1500, device.mac, netlink_tunnels.made(device))

    def delete(self, name: str) -> None:
        self.calls.append(f"delete {name}")
        number = self.links.pop(name).number
        self.known.pop(number, None)
        self.there.pop(number, None)
        self.table = {route for route in self.table if route.link != number}

    def set(self, index: int, mtu: int, mac: str) -> None:
        self.calls.append(f"set mtu {mtu}")
        name, link = next((name, link) for name, link in self.links.items() if link.number == index)
        self.links[name] = Link(index, True, mtu, mac or link.mac, link.made)

    def addresses(self, index: int) -> Set[str]:
        return frozenset(self.there.get(index, set()))

    def put_address(self, command: str, index: int, address: str) -> None:
        self.calls.append(f"{command} {address}")
        self.there.setdefault(index, set()).symmetric_difference_update({address})

    def ends(self, index: int) -> Set[End]:
        return frozenset(self.known.get(index, set()))

    def put_end(self, index: int, end: End) -> None:
        """As the kernel: one frame for an address, one host for a frame."""
        self.calls.append(f"knows {end.host}")
        others = {one for one in self.known.get(index, set()) if end.address != one.address and end.mac != one.mac}
        self.known[index] = {*others, end}

    def drop_end(self, index: int, end: End) -> None:
        self.calls.append(f"forgets {end.host}")
        self.known[index].discard(end)

    def routes(self) -> Set[Route]:
        return frozenset(self.table)

    def put_route(self, command: str, route: Route) -> None:
        if command == "add" and (route.destination in self.refused or any(r[0] == route[0] for r in self.table)):
            raise errors.DataplaneError(f"cannot add route {route.destination}")
        self.calls.append(f"{command} {route.destination} by {route.gateway}")
        self.table.symmetric_difference_update({route})


@pytest.fixture
def kernel() -> FakeKernel:
    return FakeKernel()


@pytest.fixture
def driver(kernel: FakeKernel) -> tunnels.TunnelDriver:
    driver = tunnels.TunnelDriver(kernel)
    driver.apply(WANTED)
    return driver


def test_all_of_it_is_made_and_a_second_apply_writes_nothing(kernel: FakeKernel, driver: tunnels.TunnelDriver) -> None:
    number = kernel.links[DEVICE.name].number
    assert kernel.links[DEVICE.name] == Link(number, True, 8950, DEVICE.mac, netlink_tunnels.made(DEVICE))
    assert kernel.there == {number: {DEVICE.address}}
    assert kernel.known == {number: {HOST2, HOST3}}
    assert kernel.table == {
        Route("10.65.0.64/26", HOST2.address, number),
        Route("10.65.1.0/26", HOST3.address, number),
        Route("10.65.2.0/26", "192.0.2.14"),
    }
    kernel.calls.clear()
    driver.resync()
    assert driver.apply(WANTED) == ()
    assert kernel.calls == []


def test_a_new_driver_finds_the_tunnels_of_the_old_one(kernel: FakeKernel, driver: tunnels.TunnelDriver) -> None:
    del driver
    kernel.calls.clear()
    assert tunnels.TunnelDriver(kernel).apply(WANTED) == ()
    assert kernel.calls == []


def test_what_is_gone_goes_and_nothing_else(kernel: FakeKernel, driver: tunnels.TunnelDriver) -> None:
    kernel.calls.clear()
    driver.apply(Tunnels({}, (DEVICE,), {DEVICE.name: (HOST2,)}, WANTED.routes[:1]))
    assert sorted(kernel.calls) == [
        "del 10.65.1.0/26 by 10.65.1.1",
        "del 10.65.2.0/26 by 192.0.2.14",
        "forgets 192.0.2.13",
    ]


def test_a_host_with_another_address_is_replaced_in_place(kernel: FakeKernel, driver: tunnels.TunnelDriver) -> None:
    kernel.calls.clear()
    moved = End(HOST3.address, HOST3.mac, "192.0.2.33")
    driver.apply(Tunnels({}, (DEVICE,), {DEVICE.name: (HOST2, moved)}, WANTED.routes))
    assert kernel.calls == ["knows 192.0.2.33"]


def test_a_destination_changes_its_way_at_once(kernel: FakeKernel, driver: tunnels.TunnelDriver) -> None:
    kernel.calls.clear()
    routes = (to(HOST3, "10.65.0.64/26"), *WANTED.routes[1:])
    driver.apply(Tunnels({}, (DEVICE,), WANTED.ends, routes))
    assert kernel.calls == ["del 10.65.0.64/26 by 10.65.0.65", "add 10.65.0.64/26 by 10.65.1.1"]


def test_only_what_a_device_cannot_change_makes_it_anew(kernel: FakeKernel, driver: tunnels.TunnelDriver) -> None:
    kernel.calls.clear()
    other = Device(**{name: getattr(DEVICE, name) for name in DEVICE.__slots__} | {"mtu": 1300})
    driver.apply(Tunnels({}, (other,), WANTED.ends, WANTED.routes))
    assert kernel.calls == ["set mtu 1300"]
    other = Device(**{name: getattr(DEVICE, name) for name in DEVICE.__slots__} | {"vni": 7})
    driver.apply(Tunnels({}, (other,), WANTED.ends, WANTED.routes))
    assert kernel.calls[1:3] == ["delete vxlan.calico", "add vxlan.calico"]
    assert len(kernel.table) == 3


def test_one_route_that_fails_does_not_keep_the_others_out(kernel: FakeKernel) -> None:
    kernel.refused = {"10.65.0.64/26"}
    driver = tunnels.TunnelDriver(kernel)
    with pytest.raises(errors.DataplaneError, match=r"cannot add route 10\.65\.0\.64/26"):
        driver.apply(WANTED)
    assert len(kernel.table) == 2
    kernel.refused = set()
    driver.apply(WANTED)
    assert len(kernel.table) == 3


def test_a_device_goes_before_the_rule_that_guards_it(kernel: FakeKernel, driver: tunnels.TunnelDriver) -> None:
    assert driver.withdraw(WANTED) == ()
    assert driver.withdraw(Tunnels()) == ("vxlan.calico",)
    assert kernel.links == {}


def test_a_link_that_went_down_is_looked_at_again(kernel: FakeKernel, driver: tunnels.TunnelDriver) -> None:
    kernel.table.discard(Route("10.65.2.0/26", "192.0.2.14"))
    assert driver.apply(WANTED, 0) == ()
    assert driver.apply(WANTED, 1) == ("10.65.2.0/26 by 192.0.2.14",)


def test_nothing_is_left_behind(kernel: FakeKernel, driver: tunnels.TunnelDriver) -> None:
    driver.remove()
    assert (kernel.links, kernel.table) == ({}, set())
