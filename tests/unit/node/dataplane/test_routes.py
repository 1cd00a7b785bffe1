"""The routes' driver: policy stands between withdrawing and announcing; only what differs is done."""

import pytest

from calico_node.dataplane import errors, routes
from calico_node.dataplane.links import Link, Links
from calico_node.dataplane.netlink import Route

LINKS: Links = {"cali1": Link(11, 1), "cali2": Link(12, 2)}
WANTED = {"10.65.0.1": "cali1", "fd65::1": "cali1", "10.65.0.2": "cali2"}
ALL = {Route("10.65.0.1/32", 11), Route("fd65::1/128", 11), Route("10.65.0.2/32", 12)}


class FakeTable:
    """The kernel's routes of our protocol, and others at addresses in ``taken``."""

    def __init__(self, *there: Route) -> None:
        self.there = set(there)
        self.taken: set[str] = set()
        self.calls: list[str] = []

    def routes(self) -> frozenset[Route]:
        self.calls.append("list")
        return frozenset(self.there)

    def add_route(self, route: Route) -> None:
        if route in self.there or route.destination in self.taken:
            raise errors.DataplaneError(f"cannot add route {route.destination}: File exists")
        self.calls.append(f"add {route.destination}")
        self.there.add(route)

    def delete_route(self, route: Route) -> None:
        self.calls.append(f"delete {route.destination}")
        self.there.discard(route)


def applied(driver: routes.RouteDriver, wanted: dict[str, str], links: Links = LINKS) -> None:
    driver.withdraw(wanted, links)
    driver.announce(wanted, links)


def test_what_is_wanted_is_there_and_a_second_apply_does_nothing() -> None:
    table = FakeTable()
    driver = routes.RouteDriver(table)
    applied(driver, WANTED)
    assert table.there == ALL
    table.calls.clear()
    applied(driver, WANTED)
    assert table.calls == []


def test_withdrawing_adds_nothing_and_announcing_deletes_nothing() -> None:
    table = FakeTable(Route("10.65.0.9/32", 11))
    driver = routes.RouteDriver(table)
    assert driver.withdraw(WANTED, LINKS) == ("10.65.0.9/32",)
    assert table.there == set()
    assert set(driver.announce(WANTED, LINKS)) == {route.destination for route in ALL}


def test_an_interface_that_is_not_there_has_no_route_yet() -> None:
    table = FakeTable()
    driver = routes.RouteDriver(table)
    applied(driver, WANTED, {"cali2": LINKS["cali2"]})
    assert table.there == {Route("10.65.0.2/32", 12)}
    assert driver.missing(WANTED, LINKS) == {"cali1"}


def test_an_interface_is_missing_until_each_of_its_addresses_has_a_route_to_it() -> None:
    table = FakeTable()
    table.taken = {"fd65::1/128"}
    driver = routes.RouteDriver(table)
    with pytest.raises(errors.DataplaneError):
        applied(driver, WANTED)
    assert driver.missing(WANTED, LINKS) == {"cali1"}
    table.taken.clear()
    applied(driver, WANTED)
    assert driver.missing(WANTED, LINKS) == set()
    assert driver.missing({**WANTED, "10.65.0.1": "cali2"}, LINKS) == {"cali2"}
    assert driver.missing(WANTED, {"cali1": LINKS["cali1"]}) == {"cali2"}


@pytest.mark.parametrize("link", [Link(11, 7), Link(99, 7)], ids=["it went down and up", "it was made anew"])
def test_what_the_kernel_dropped_with_the_interface_comes_back(link: Link) -> None:
    table = FakeTable()
    driver = routes.RouteDriver(table)
    applied(driver, WANTED)
    table.there = {route for route in table.there if route.link != 11}
    applied(driver, WANTED, {**LINKS, "cali1": link})
    expected = {Route("10.65.0.1/32", link.index), Route("fd65::1/128", link.index), Route("10.65.0.2/32", 12)}
    assert table.there == expected


def test_an_address_that_moves_to_another_interface_is_withdrawn_first() -> None:
    table = FakeTable()
    driver = routes.RouteDriver(table)
    applied(driver, WANTED)
    table.calls.clear()
    applied(driver, {**WANTED, "10.65.0.1": "cali2"})
    assert table.calls == ["delete 10.65.0.1/32", "add 10.65.0.1/32"]


@pytest.mark.parametrize(
    "stray",
    [
        Route("10.65.0.1/32", 11, metric=5),
        Route("10.65.0.0/24", 11),
        Route("10.65.0.1/32", 11, table=100),
        Route("10.65.0.1/32", 12),
    ],
    ids=["another metric", "a network", "another table", "another interface"],
)
def test_drift_under_our_number_is_mended_after_a_resync(stray: Route) -> None:
    table = FakeTable()
    driver = routes.RouteDriver(table)
    applied(driver, WANTED)
    table.there = (table.there - {Route("10.65.0.1/32", 11)}) | {stray}
    applied(driver, WANTED)
    driver.resync()
    applied(driver, WANTED)
    assert table.there == ALL


def test_one_route_that_fails_keeps_no_other_out_and_is_tried_again() -> None:
    table = FakeTable()
    table.taken = {"10.65.0.1/32"}
    driver = routes.RouteDriver(table)
    with pytest.raises(errors.DataplaneError, match=r"10\.65\.0\.1/32"):
        applied(driver, WANTED)
    assert table.there == ALL - {Route("10.65.0.1/32", 11)}
    table.taken.clear()
    applied(driver, WANTED)
    assert table.there == ALL


def test_a_restarted_driver_knows_its_own() -> None:
    table = FakeTable(*ALL)
    applied(routes.RouteDriver(table), WANTED)
    assert table.calls == ["list"]


def test_promise_5_removal_leaves_none() -> None:
    table = FakeTable(*ALL)
    routes.RouteDriver(table).remove()
    assert table.there == set()


def test_links_that_were_listed_again_cost_a_look_and_no_error() -> None:
    """As when the kernel could not tell all that happened: the same links in another era, their routes still there."""
    table = FakeTable()
    driver = routes.RouteDriver(table)
    applied(driver, WANTED)
    table.calls.clear()
    again = {name: Link(link.index, link.era + 2) for name, link in LINKS.items()}
    left = {"10.65.0.2": "cali2"}
    assert driver.withdraw(left, again) == ("10.65.0.1/32", "fd65::1/128")
    assert driver.announce(left, again) == ()
    assert table.calls[0] == "list"
    table.calls.clear()
    applied(driver, left, again)
    assert table.calls == []
