"""Which interfaces there are, from a listing and events; and a thread that never reports a part of them."""

import queue
from collections.abc import Iterable, Iterator

from calico_node.dataplane import errors, links
from calico_node.dataplane.netlink import AddressEvent, Event, LinkEvent


def inventory(*events: Event) -> links.Inventory:
    made = links.Inventory("cali")
    made.list(events)
    return made


def test_only_ours_that_are_up_count() -> None:
    made = inventory(
        LinkEvent(1, "lo", True), LinkEvent(2, "cali1", True), LinkEvent(3, "cali2", False), LinkEvent(4, "xcali", True)
    )
    assert set(made.current().ours) == {"cali1"}


def test_events_that_change_nothing_say_so() -> None:
    made = inventory(LinkEvent(2, "cali1", True))
    assert not made.observe(LinkEvent(2, "cali1", True))
    assert not made.observe(LinkEvent(1, "eth0", True))
    assert not made.observe(LinkEvent(7, None, False))
    assert made.observe(LinkEvent(2, "cali1", False))


def test_down_and_up_again_is_a_new_era() -> None:
    made = inventory(LinkEvent(2, "cali1", True))
    before = made.current().ours["cali1"]
    made.observe(LinkEvent(2, "cali1", False))
    assert made.current().ours == {}
    made.observe(LinkEvent(2, "cali1", True))
    after = made.current().ours["cali1"]
    assert (after.index, after.era != before.era) == (before.index, True)


def test_renamed_deleted_and_made_anew() -> None:
    made = inventory(LinkEvent(2, "veth1", True))
    made.observe(LinkEvent(2, "cali1", True))
    assert set(made.current().ours) == {"cali1"}
    made.observe(LinkEvent(2, "cali2", True))
    assert set(made.current().ours) == {"cali2"}
    made.observe(LinkEvent(2, None, False))
    made.observe(LinkEvent(9, "cali2", True))
    assert made.current().ours["cali2"].index == 9


def test_addresses_are_those_of_the_hosts_own_interfaces() -> None:
    made = inventory(
        LinkEvent(1, "lo", True),
        LinkEvent(2, "eth0", False),
        LinkEvent(3, "cali1", True),
        AddressEvent(1, "127.0.0.1", True),
        AddressEvent(2, "192.0.2.1", True),
        AddressEvent(2, "2001:db8::1", True),
        AddressEvent(2, "fe80::1", True),
        AddressEvent(3, "10.65.0.1", True),
    )
    assert made.current().addresses == {
        "lo": frozenset(["127.0.0.1"]),
        "eth0": frozenset(["192.0.2.1", "2001:db8::1"]),
    }


def test_addresses_come_and_go_with_their_links_and_names() -> None:
    made = inventory(LinkEvent(2, "eth0", True))
    assert made.observe(AddressEvent(2, "192.0.2.1", True))
    assert not made.observe(AddressEvent(2, "192.0.2.1", True))
    assert made.observe(LinkEvent(2, "uplink", True))
    assert made.current().addresses == {"uplink": frozenset(["192.0.2.1"])}
    assert made.observe(AddressEvent(2, "192.0.2.1", False))
    assert made.observe(AddressEvent(2, "192.0.2.2", True))
    assert made.observe(LinkEvent(2, None, False))
    assert made.current().addresses == {}
    assert not made.observe(AddressEvent(2, "192.0.2.2", True))  # before the link's new name is known
    assert made.observe(LinkEvent(2, "eth1", True))
    assert made.current().addresses == {"eth1": frozenset(["192.0.2.2"])}


def test_containers_leave_the_others_addresses_as_they_are() -> None:
    made = inventory(LinkEvent(2, "eth0", True), AddressEvent(2, "192.0.2.1", True))
    before = made.current().addresses
    assert made.observe(LinkEvent(3, "cali1", True))
    assert not made.observe(AddressEvent(3, "fe80::ecee:eeff:feee:eeee", True))
    assert not made.observe(AddressEvent(3, "10.65.0.1", True))
    assert made.observe(LinkEvent(3, None, False))
    assert made.current().addresses is before


class FakeListener:
    """Lists what it is given, then hands out events; an error among them is raised."""

    def __init__(self, listed: Iterable[Event | Exception], events: "queue.Queue[Event | Exception]") -> None:
        self._listed = listed
        self._events = events

    def links(self) -> Iterator[Event]:
        for event in self._listed:
            if isinstance(event, Exception):
                raise event
            yield event

    def events(self) -> Iterator[Event]:
        while True:
            event = self._events.get(timeout=10)
            if isinstance(event, Exception):
                raise event
            yield event

    def close(self) -> None:
        pass


def test_promise_2_what_is_listed_in_part_is_not_known() -> None:
    events: queue.Queue[Event | Exception] = queue.Queue()
    lost = errors.DataplaneError("events were lost")
    listings = iter([[LinkEvent(1, "cali1", True), lost], [LinkEvent(1, "cali1", True)], [LinkEvent(2, "cali2", True)]])
    seen: queue.Queue[set[str] | None] = queue.Queue()
    monitor = links.LinkMonitor(
        "cali",
        lambda: FakeListener(next(listings), events),
        lambda: seen.put(None if monitor.current is None else set(monitor.current.ours)),
    )
    assert monitor.current is None
    monitor.start()
    assert seen.get(timeout=10) is None  # the first listing broke off
    assert seen.get(timeout=10) == {"cali1"}
    events.put(LinkEvent(3, "cali3", True))
    assert seen.get(timeout=10) == {"cali1", "cali3"}
    events.put(lost)
    assert seen.get(timeout=10) is None
    assert seen.get(timeout=10) == {"cali2"}
    monitor.stop()
    events.put(LinkEvent(4, "cali4", True))


def test_an_uplink_that_goes_down_and_up_begins_an_era_each_time_and_a_link_without_address_never() -> None:
    inventory = links.Inventory("cali")
    inventory.list([LinkEvent(2, "eth0", True), LinkEvent(3, "tmp1", True), AddressEvent(2, "192.0.2.1", True)])
    eras = [inventory.current().era]
    for event, changes in (
        (LinkEvent(3, "tmp1", False), False),
        (LinkEvent(2, "eth0", True), False),
        (LinkEvent(2, "eth0", False), True),
        (LinkEvent(2, "eth0", True), True),
    ):
        assert inventory.observe(event) is changes
        eras.append(inventory.current().era)
    assert [era - eras[0] for era in eras] == [0, 0, 0, 1, 2]
