"""Policy before reachability, always: the order of the drivers, and what a failed one stops."""

from collections.abc import Iterable

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder
from calico_node.agent.order import Drivers, Order, Outcome
from calico_node.dataplane import bird, errors
from calico_node.dataplane.links import Interfaces, Link, Links
from calico_node.render import changes as table_changes
from calico_node.render import nft
from calico_node.render.routes import Routes
from tests.states import records, states

TWO_NETWORKS = states.STATES["two networks"]
LINKS: Links = {f"cali{number:011x}": Link(number, number) for number in (1, 2, 3)}
UPLINK = {"eth0": frozenset(["192.0.2.1"])}
INTERFACES = Interfaces(LINKS, UPLINK)


class FakeDrivers:
    """All drivers at once: notes who is asked to work, in order, and fails those that it is told to."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failing: set[str] = set()
        self.routes: dict[str, str] = {}
        self.has_ipv6 = True

    def _work(self, name: str) -> None:
        self.calls.append(name)
        if name.partition(" ")[0] in self.failing:
            raise errors.DataplaneError(f"{name} failed")

    def nft(self, _table: nft.Table, _since_last: table_changes.Changes) -> int:
        self._work("policy")
        return 1

    def withdraw(self, wanted: Routes, _links: Links) -> tuple[str, ...]:
        self._work("withdraw")
        gone = tuple(sorted(set(self.routes) - {f"{address}/32" for address in wanted}))
        for route in gone:
            del self.routes[route]
        return gone

    def announce(self, wanted: Routes, links: Links) -> tuple[str, ...]:
        self._work("announce")
        new = {f"{address}/32": link for address, link in wanted.items() if link in links}
        self.routes.update(new)
        return tuple(new)

    def ready(self, links: Links) -> Links:
        return links

    def missing(self, wanted: Routes, links: Links) -> frozenset[str]:
        return frozenset(wanted[address] for address in self.unrouted(wanted, links))

    def unrouted(self, wanted: Routes, _links: Links) -> frozenset[str]:
        return frozenset(address for address, link in wanted.items() if self.routes.get(f"{address}/32") != link)

    def forward(self) -> tuple[str, ...]:
        self._work("forward")
        return ()

    def interfaces(self, _names: object, _links: Links, _spoofing: object, _publishing: object) -> tuple[str, ...]:
        self._work("interfaces")
        return ()

    def iptables(self, _families: tuple[int, ...], *, everywhere: bool) -> tuple[str, ...]:
        self._work("iptables everywhere" if everywhere else "iptables")
        return ()

    def tunnels(self, _wanted: object, _era: int) -> tuple[str, ...]:
        self._work("tunnels")
        return ()

    def bird(self, _text: str, _secrets: object) -> bird.Outcome:
        self._work("bird")
        return bird.Outcome(written=True, running=True)

    def forget(self, addresses: Iterable[str]) -> tuple[str, ...]:
        found = tuple(addresses)
        self._work(f"forget {','.join(found)}")
        return found

    def resync(self) -> None:
        self.calls.append("resync")


class _Apply:
    """A driver whose ``apply`` is a function."""

    def __init__(self, fake: FakeDrivers, apply: object) -> None:
        self.apply = apply
        self.resync = fake.resync
        self.ready = fake.ready
        self.withdraw = lambda _tunnels: ()
        self.read = lambda: None


@pytest.fixture
def fake() -> FakeDrivers:
    return FakeDrivers()


@pytest.fixture
def order(fake: FakeDrivers) -> Order:
    return started(fake)


def started(fake: FakeDrivers) -> Order:
    """The order of a new agent: without memory."""
    drivers = Drivers(
        nft=_Apply(fake, fake.nft),  # type: ignore[arg-type]
        routes=fake,  # type: ignore[arg-type]
        interfaces=_Apply(fake, fake.interfaces),  # type: ignore[arg-type]
        sysctls=fake,  # type: ignore[arg-type]
        iptables=_Apply(fake, fake.iptables),  # type: ignore[arg-type]
        bird=_Apply(fake, fake.bird),  # type: ignore[arg-type]
        tunnels=_Apply(fake, fake.tunnels),  # type: ignore[arg-type]
        forget=fake.forget,
    )
    return Order("host1", drivers)


def apply(order: Order, *changes: records.Change) -> Outcome:
    return order.apply(snapshot_builder.build(changes, 1), INTERFACES, lambda _outcome: None)


FORGET_ALL = "forget 10.65.0.1,10.65.0.2,10.65.0.3,fd65::1,fd65::2,fd65::3"
FIRST = ["withdraw", "policy", FORGET_ALL, "iptables", "forward", "interfaces", "announce", "tunnels", "bird"]


def test_policy_stands_before_routes_and_routes_before_bird(order: Order, fake: FakeDrivers) -> None:
    outcome = apply(order, *TWO_NETWORKS)
    assert fake.calls == FIRST
    assert outcome.errors == []
    assert len(outcome.programmed) == 3


def test_what_left_loses_its_route_first_and_its_connections_last(order: Order, fake: FakeDrivers) -> None:
    apply(order, *TWO_NETWORKS)
    fake.calls.clear()
    apply(order, *(change for change in TWO_NETWORKS if change not in (records.endpoint(1), records.endpoint(2))))
    assert fake.calls.index("withdraw") < fake.calls.index("policy") < fake.calls.index("announce")
    forgotten = [call for call in fake.calls if call.startswith("forget")]
    assert forgotten == ["forget 10.65.0.1,10.65.0.2,fd65::1,fd65::2"]
    assert fake.calls.index(forgotten[0]) > fake.calls.index("announce")


ONE_LEFT = tuple(change for change in TWO_NETWORKS if change != records.endpoint(1))
FORGET_ONE = "forget 10.65.0.1,fd65::1"


def test_what_left_with_its_interface_is_forgotten_too(order: Order, fake: FakeDrivers) -> None:
    apply(order, *TWO_NETWORKS)
    fake.routes.clear()  # the kernel dropped them with the interfaces
    apply(order, *ONE_LEFT)
    assert FORGET_ONE in fake.calls
    fake.calls.clear()
    apply(order, *ONE_LEFT)
    assert not [call for call in fake.calls if call.startswith("forget")]


def test_what_could_not_be_forgotten_is_tried_again(order: Order, fake: FakeDrivers) -> None:
    apply(order, *TWO_NETWORKS)
    fake.failing = {"forget"}
    assert f"{FORGET_ONE} failed" in str(apply(order, *ONE_LEFT).errors)
    fake.failing = set()
    fake.calls.clear()
    assert apply(order, *ONE_LEFT).errors == []
    assert FORGET_ONE in fake.calls


def test_who_waits_does_not_wait_until_all_is_forgotten(order: Order, fake: FakeDrivers) -> None:
    apply(order, *TWO_NETWORKS)
    told: list[list[str]] = []
    order.apply(snapshot_builder.build(ONE_LEFT, 2), INTERFACES, lambda _outcome: told.append(list(fake.calls)))
    assert FORGET_ONE not in told[0]
    assert FORGET_ONE in fake.calls


def test_an_address_with_a_new_owner_is_forgotten_before_its_route_is_there(order: Order, fake: FakeDrivers) -> None:
    apply(order, *TWO_NETWORKS)
    fake.calls.clear()
    apply(order, *ONE_LEFT, records.endpoint(5, addresses=["10.65.0.1", "fd65::1"]))
    assert fake.calls.index(FORGET_ONE) < fake.calls.index("announce")


def test_a_new_agent_forgets_what_got_another_owner_meanwhile(order: Order, fake: FakeDrivers) -> None:
    """The kernel dropped the route with the former owner's interface, so nothing is withdrawn."""
    apply(order, *TWO_NETWORKS)
    del fake.routes["10.65.0.1/32"], fake.routes["fd65::1/32"]
    fake.calls.clear()
    apply(started(fake), *ONE_LEFT, records.endpoint(5, addresses=["10.65.0.1", "fd65::1"]))
    assert [call for call in fake.calls if call.startswith("forget")] == [FORGET_ONE]
    assert fake.calls.index(FORGET_ONE) < fake.calls.index("announce")


@pytest.mark.parametrize("failing", [set(), {"withdraw"}], ids=["routes read", "routes unknown at first"])
def test_a_new_agent_leaves_the_connections_of_those_that_stayed(
    order: Order, fake: FakeDrivers, failing: set[str]
) -> None:
    apply(order, *TWO_NETWORKS)
    fake.calls.clear()
    new, fake.failing = started(fake), failing
    apply(new, *TWO_NETWORKS)
    fake.failing = set()
    apply(new, *TWO_NETWORKS)
    assert not [call for call in fake.calls if call.startswith("forget")]


@pytest.mark.parametrize(
    ("failing", "stopped"),
    [
        pytest.param(
            "policy", {"iptables", "forward", "interfaces", "announce", "tunnels", "bird"}, id="policy stops all"
        ),
        pytest.param("withdraw", {FORGET_ALL}, id="a route that stays leads to a closed door"),
        pytest.param("iptables", set(), id="iptables"),
        pytest.param("interfaces", set(), id="interfaces"),
        pytest.param("announce", set(), id="routes"),
        pytest.param("tunnels", set(), id="tunnels"),
        pytest.param("bird", set(), id="BIRD"),
    ],
)
def test_promise_3_a_failure_stops_what_depends_on_it(
    order: Order, fake: FakeDrivers, failing: str, stopped: set[str]
) -> None:
    fake.failing = {failing}
    outcome = apply(order, *TWO_NETWORKS)
    assert set(FIRST) - set(fake.calls) == stopped
    assert len(outcome.errors) == 1
    assert f"{failing} failed" in outcome.errors[0]


@pytest.mark.parametrize("failing", ["policy", "announce"])
def test_promise_3_what_failed_is_not_programmed(order: Order, fake: FakeDrivers, failing: str) -> None:
    fake.failing = {failing}
    assert apply(order, *TWO_NETWORKS).programmed == frozenset()
    fake.failing = set()
    assert len(apply(order, *TWO_NETWORKS).programmed) == 3


def test_who_waits_is_told_before_bird_gets_its_turn(order: Order, fake: FakeDrivers) -> None:
    told: list[list[str]] = []
    order.apply(snapshot_builder.build(TWO_NETWORKS, 1), INTERFACES, lambda _outcome: told.append(list(fake.calls)))
    assert told == [FIRST[:-2]]


def test_iptables_and_bird_are_asked_again_only_if_something_changed(order: Order, fake: FakeDrivers) -> None:
    first = snapshot_builder.build(TWO_NETWORKS, 1)
    order.apply(first, INTERFACES, lambda _outcome: None)
    fake.calls.clear()
    second = snapshot_builder.apply(first, [records.endpoint(7)], 2)
    order.apply(second, INTERFACES, lambda _outcome: None)
    assert not {"iptables", "bird"} & set(fake.calls)
    third = snapshot_builder.apply(second, [records.affinity("host1", "10.65.0.0/26")], 3)
    order.apply(third, INTERFACES, lambda _outcome: None)
    assert "bird" in fake.calls
    fake.calls.clear()
    order.resync()
    order.apply(third, INTERFACES, lambda _outcome: None)
    assert {"iptables", "bird"} <= set(fake.calls)


def test_bird_is_told_again_what_it_did_not_take(order: Order, fake: FakeDrivers) -> None:
    snapshot = snapshot_builder.build(TWO_NETWORKS, 1)
    fake.failing = {"bird"}
    order.apply(snapshot, INTERFACES, lambda _outcome: None)
    fake.failing = set()
    fake.calls.clear()
    order.apply(snapshot, INTERFACES, lambda _outcome: None)
    assert "bird" in fake.calls


def test_a_host_without_ipv6_has_no_ipv6_routes_and_waits_for_none(order: Order, fake: FakeDrivers) -> None:
    fake.has_ipv6 = False
    outcome = apply(order, *TWO_NETWORKS)
    assert not any(":" in destination for destination in fake.routes)
    assert len(outcome.programmed) == 3


def test_an_endpoint_whose_interface_is_not_there_is_not_programmed(order: Order) -> None:
    links = {name: link for name, link in LINKS.items() if link.index != 1}
    outcome = order.apply(snapshot_builder.build(TWO_NETWORKS, 1), Interfaces(links), lambda _outcome: None)
    assert len(outcome.programmed) == 2


def test_an_address_that_is_routed_to_another_interface_is_not_programmed(order: Order, fake: FakeDrivers) -> None:
    apply(order, *TWO_NETWORKS)
    fake.routes["10.65.0.1/32"] = f"cali{2:011x}"
    fake.failing = {"announce"}
    assert len(apply(order, *TWO_NETWORKS).programmed) == 2


def test_of_two_records_with_one_address_only_the_owner_is_programmed(order: Order) -> None:
    outcome = apply(order, *TWO_NETWORKS, records.endpoint(5, addresses=["10.65.0.5", "fd65::1"]))
    assert len(outcome.programmed) == 3
    (reason,) = outcome.state.skipped.values()
    assert reason.startswith("address fd65::1 belongs to libnetwork/host1-")


def test_iptables_hears_when_the_hosts_own_interfaces_come_under_policy_and_out_of_it(
    order: Order, fake: FakeDrivers
) -> None:
    uplink = records.host_endpoint("uplink", expectedIPs=["192.0.2.1"])
    asked = []
    for changes in ((), (uplink,), (uplink,), ()):
        fake.calls.clear()
        apply(order, *TWO_NETWORKS, *changes)
        asked.append([call for call in fake.calls if call.startswith("iptables")])
    assert asked == [["iptables"], ["iptables everywhere"], [], ["iptables"]]


def test_an_address_that_comes_or_goes_makes_an_interface_a_host_endpoint_or_none(order: Order) -> None:
    snapshot = snapshot_builder.build([records.host_endpoint("uplink", expectedIPs=["192.0.2.1"])], 1)
    owners = [
        list(order.apply(snapshot, Interfaces(LINKS, addresses), lambda _outcome: None).state.own.interfaces)
        for addresses in ({}, UPLINK, {"eth1": frozenset(["192.0.2.1"])}, {})
    ]
    assert owners == [[], ["eth0"], ["eth1"], []]
