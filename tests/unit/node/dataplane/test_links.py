"""Which interfaces there are, from a listing and events; and a thread that never reports a part of them."""

import queue
from collections.abc import Iterable, Iterator

from calico_node.dataplane import errors, links
from calico_node.dataplane.netlink import LinkEvent


def inventory(*events: LinkEvent) -> links.Inventory:
    made = links.Inventory("cali")
    made.list(events)
    return made


def test_only_ours_that_are_up_count() -> None:
    made = inventory(
        LinkEvent(1, "lo", True), LinkEvent(2, "cali1", True), LinkEvent(3, "cali2", False), LinkEvent(4, "xcali", True)
    )
    assert set(made.current()) == {"cali1"}


def test_events_that_change_nothing_say_so() -> None:
    made = inventory(LinkEvent(2, "cali1", True))
    assert not made.observe(LinkEvent(2, "cali1", True))
    assert not made.observe(LinkEvent(1, "eth0", True))
    assert not made.observe(LinkEvent(7, None, False))
    assert made.observe(LinkEvent(2, "cali1", False))


def test_down_and_up_again_is_a_new_era() -> None:
    made = inventory(LinkEvent(2, "cali1", True))
    before = made.current()["cali1"]
    made.observe(LinkEvent(2, "cali1", False))
    assert made.current() == {}
    made.observe(LinkEvent(2, "cali1", True))
    after = made.current()["cali1"]
    assert (after.index, after.era != before.era) == (before.index, True)


def test_renamed_deleted_and_made_anew() -> None:
    made = inventory(LinkEvent(2, "veth1", True))
    made.observe(LinkEvent(2, "cali1", True))
    assert set(made.current()) == {"cali1"}
    made.observe(LinkEvent(2, "cali2", True))
    assert set(made.current()) == {"cali2"}
    made.observe(LinkEvent(2, None, False))
    made.observe(LinkEvent(9, "cali2", True))
    assert made.current()["cali2"].index == 9


class FakeListener:
    """Lists what it is given, then hands out events; an error among them is raised."""

    def __init__(self, listed: Iterable[LinkEvent | Exception], events: "queue.Queue[LinkEvent | Exception]") -> None:
        self._listed = listed
        self._events = events

    def links(self) -> Iterator[LinkEvent]:
        for event in self._listed:
            if isinstance(event, Exception):
                raise event
            yield event

    def events(self) -> Iterator[LinkEvent]:
        while True:
            event = self._events.get(timeout=10)
            if isinstance(event, Exception):
                raise event
            yield event

    def close(self) -> None:
        pass


def test_promise_2_what_is_listed_in_part_is_not_known() -> None:
    events: queue.Queue[LinkEvent | Exception] = queue.Queue()
    lost = errors.DataplaneError("events were lost")
    listings = iter([[LinkEvent(1, "cali1", True), lost], [LinkEvent(1, "cali1", True)], [LinkEvent(2, "cali2", True)]])
    seen: queue.Queue[set[str] | None] = queue.Queue()
    monitor = links.LinkMonitor(
        "cali",
        lambda: FakeListener(next(listings), events),
        lambda: seen.put(None if monitor.current is None else set(monitor.current)),
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
