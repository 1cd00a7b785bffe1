"""The table's driver: what it sends for which change, what it reads, when it looks."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from calico_node.dataplane import errors, nft, nft_commands, nft_listing
from calico_node.render import changes
from calico_node.render import nft as objects

ACCEPT = objects.Rule((objects.ACCEPT,))
DROP = objects.Rule((objects.COUNTER, objects.DROP), "a comment")
HOOK = objects.Hook("forward", -5)
NOTHING = changes.Changes()


def chain(*rules: objects.Rule, hook: objects.Hook | None = None) -> objects.Chain:
    return objects.Chain(rules, hook)


def addresses(*elements: str) -> objects.Set:
    return objects.Set(("ipv4_addr",), frozenset(elements))


def verdicts(**chains: str) -> objects.Set:
    return objects.Set(("ifname",), frozenset(chains.items()), verdict=True)


class FakeLibrary:
    """Records transactions; refuses the next ``refusals`` of them; lists ``listing``."""

    def __init__(self, listing: tuple[Mapping[str, Any], ...] | None = None) -> None:
        self.listing = listing
        self.refusals = 0
        self.transactions: list[list[Mapping[str, Any]]] = []
        self.looks = 0

    def run(self, commands: Iterable[Mapping[str, Any]]) -> None:
        self.transactions.append(list(commands))
        if self.refusals:
            self.refusals -= 1
            raise errors.DataplaneError("refused")

    def table(self) -> tuple[Mapping[str, Any], ...] | None:
        self.looks += 1
        return self.listing


def verbs(commands: Iterable[Mapping[str, Any]]) -> list[str]:
    """``verb kind name`` of each command."""
    found = []
    for command in commands:
        ((verb, target),) = command.items()
        ((kind, body),) = target.items()
        found.append(f"{verb} {kind} {body.get('chain', body.get('name'))}")
    return found


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({"a": chain(ACCEPT)}, {"a": chain(ACCEPT)}, [], id="nothing for nothing"),
        pytest.param({}, {"a": chain(ACCEPT, DROP)}, ["add chain a", "add rule a", "add rule a"], id="a new chain"),
        pytest.param(
            {"a": chain(ACCEPT)}, {"a": chain(DROP)}, ["flush chain a", "add rule a"], id="a chain's new rules"
        ),
        pytest.param({"a": chain(ACCEPT)}, {"a": chain()}, ["flush chain a"], id="a chain without rules"),
        pytest.param({"a": chain(ACCEPT)}, {}, ["flush chain a", "delete chain a"], id="a chain less"),
        pytest.param({}, {"s": addresses("10.0.0.1")}, ["add set s", "add element s"], id="a new set"),
        pytest.param({}, {"s": addresses()}, ["add set s"], id="an empty set"),
        pytest.param(
            {"s": addresses("10.0.0.1", "10.0.0.2")},
            {"s": addresses("10.0.0.2", "10.0.0.3")},
            ["delete element s", "add element s"],
            id="only the elements that differ",
        ),
        pytest.param({"s": addresses("10.0.0.1")}, {}, ["delete set s"], id="a set less"),
        pytest.param({"m": verdicts(cali1="x")}, {}, ["delete map m"], id="a map less"),
        pytest.param(
            {"m": verdicts(cali1="x")},
            {"m": verdicts(cali1="y")},
            ["delete element m", "add element m"],
            id="another verdict: the old one goes first",
        ),
    ],
)
def test_an_update_is_what_differs(before: dict[str, Any], after: dict[str, Any], expected: list[str]) -> None:
    assert verbs(nft_commands.update(changes.between(table(after), table(before)))) == expected


def table(content: dict[str, Any]) -> objects.Table:
    return objects.Table(
        {name: one for name, one in content.items() if isinstance(one, objects.Chain)},
        {name: one for name, one in content.items() if isinstance(one, objects.Set)},
    )


def test_nothing_is_used_before_it_exists_or_removed_while_in_use() -> None:
    before = table({"old": chain(ACCEPT), "users": chain(ACCEPT), "olds": addresses("10.0.0.1")})
    after = table({"new": chain(ACCEPT), "users": chain(DROP), "news": addresses("10.0.0.1")})
    found = verbs(nft_commands.update(changes.between(after, before)))
    order = ["add set news", "add chain new", "flush chain users", "flush chain old", "delete set olds"]
    assert [found.index(verb) for verb in order] == sorted(found.index(verb) for verb in order)
    assert found[-1] == "delete chain old"


def test_where_there_is_no_table_what_packets_meet_comes_last_when_all_that_it_looks_into_is_there() -> None:
    library = FakeLibrary()
    driver = nft.NftDriver(library)
    wanted = {"base": chain(ACCEPT, hook=HOOK), "a": chain(DROP), "m": verdicts(cali1="a"), "s": addresses("10.0.0.1")}
    assert driver.apply(table(wanted), NOTHING) > 0
    ahead, base = map(verbs, library.transactions)
    assert ahead == [
        "add table calico",
        "add map m",
        "add set s",
        "add chain a",
        "add element m",
        "add element s",
        "add rule a",
    ]
    assert base == ["add chain base", "add rule base"]


def test_what_nothing_depends_on_yet_goes_ahead_of_what_will_use_it() -> None:
    before = table({"users": chain(ACCEPT), "olds": addresses("10.0.0.1"), "m": verdicts(cali1="users")})
    after = table(
        {"users": chain(DROP), "news": addresses("10.0.0.1"), "new": chain(ACCEPT), "m": verdicts(cali1="new")}
    )
    ahead, at_once, _behind = map(verbs, nft_commands.transactions(changes.between(after, before)))
    assert ahead == ["add set news", "add chain new", "add element news", "add rule new"]
    assert at_once == ["flush chain users", "add rule users", "delete element m", "add element m"]


def test_what_nothing_leads_to_any_more_goes_behind_but_what_has_a_hook_is_empty_at_once() -> None:
    before = table(
        {
            "base": chain(ACCEPT, hook=HOOK),
            "users": chain(ACCEPT),
            "old": chain(ACCEPT),
            "olds": addresses("10.0.0.1"),
            "m": verdicts(cali1="old"),
        }
    )
    at_once, behind = map(verbs, nft_commands.transactions(changes.between(table({"users": chain(DROP)}), before)))
    assert at_once == ["flush chain users", "add rule users", "flush chain base"]
    assert behind == [
        "flush chain base",
        "flush chain old",
        "delete map m",
        "delete set olds",
        "delete chain base",
        "delete chain old",
    ]


def test_a_new_hook_is_no_part_of_what_goes_ahead() -> None:
    after = table({"base": chain(ACCEPT, hook=HOOK)})
    (commands,) = nft_commands.transactions(changes.between(after, table({})))
    assert verbs(commands) == ["add chain base", "add rule base"]


def test_the_same_again_sends_nothing_and_does_not_look() -> None:
    library = FakeLibrary()
    driver = nft.NftDriver(library)
    driver.apply(table({"a": chain(ACCEPT)}), NOTHING)
    assert driver.apply(table({"a": chain(ACCEPT)}), NOTHING) == 0
    assert (len(library.transactions), library.looks) == (1, 1)


def test_a_change_is_all_that_is_sent() -> None:
    library = FakeLibrary()
    driver = nft.NftDriver(library)
    driver.apply(before := table({"s": addresses("10.0.0.1")}), NOTHING)
    driver.apply(after := table({"s": addresses("10.0.0.1", "10.0.0.2")}), changes.between(after, before))
    assert verbs(library.transactions[1]) == ["add element s"]
    assert library.looks == 1


LISTED = (
    {"metainfo": {}},
    {"table": {"family": "inet", "name": "calico"}},
    {"chain": {"name": "forward", "type": "filter", "hook": "forward", "prio": -5, "policy": "accept", "handle": 1}},
    {"chain": {"name": "a", "handle": 2}},
    {"set": {"name": "s", "type": "ipv4_addr", "handle": 3, "elem": ["10.0.0.1"]}},
    {"set": {"name": "c", "type": ["ifname", "ipv4_addr"], "elem": [{"concat": ["cali1", "10.0.0.1"]}]}},
    {"map": {"name": "m", "type": "ifname", "map": "verdict", "elem": [["cali1", {"jump": {"target": "a"}}]]}},
    {"rule": {"chain": "a", "handle": 4, "comment": "a comment", "expr": [{"counter": None}, {"drop": None}]}},
)
READ = objects.Table(
    {"forward": chain(hook=HOOK), "a": chain(DROP)},
    {
        "s": addresses("10.0.0.1"),
        "c": objects.Set(("ifname", "ipv4_addr"), frozenset({("cali1", "10.0.0.1")})),
        "m": verdicts(cali1="a"),
    },
)


def test_a_listing_reads_as_what_was_wanted() -> None:
    assert nft_listing.read(LISTED) == READ


def test_a_new_driver_finds_its_own_table_and_sends_nothing() -> None:
    library = FakeLibrary(LISTED)
    assert nft.NftDriver(library).apply(READ, NOTHING) == 0
    assert library.transactions == []


def test_after_a_resync_it_looks_again() -> None:
    library = FakeLibrary(LISTED)
    driver = nft.NftDriver(library)
    driver.apply(READ, NOTHING)
    library.listing = LISTED[:-1]
    assert driver.apply(READ, NOTHING) == 0
    driver.resync()
    driver.apply(READ, NOTHING)
    assert verbs(library.transactions[0]) == ["flush chain a", "add rule a"]


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"set": {"name": "s", "type": "ipv4_addr", "flags": ["interval"]}}, id="a flag"),
        pytest.param({"set": {"name": "s", "type": "ipv6_addr"}}, id="another type"),
        pytest.param({"map": {"name": "s", "type": "ipv4_addr", "map": "verdict"}}, id="another kind"),
        pytest.param({"set": {"name": "s", "type": "ipv4_addr", "elem": [{"elem": {"val": "10.0.0.1"}}]}}, id="form"),
        pytest.param({"chain": {"name": "forward", "type": "filter", "hook": "input", "prio": -5}}, id="another hook"),
        pytest.param({"table": {"family": "inet", "name": "calico", "flags": "dormant"}}, id="a flag of the table"),
        pytest.param({"table": {"family": "inet", "name": "calico", "flags": ["dormant", "owner"]}}, id="two flags"),
        pytest.param({"counter": {"name": "foreign"}}, id="a kind that we never make"),
    ],
)
def test_what_somebody_made_different_in_kind_counts_as_different(odd: dict[str, Any]) -> None:
    assert nft_listing.read((*LISTED, odd)) != READ


def test_a_form_of_an_element_that_we_never_make_is_named_to_the_kernel_as_it_was_read() -> None:
    elements = [{"elem": {"val": "10.0.0.1", "comment": "a/b"}}]
    library = FakeLibrary((*LISTED, {"set": {"name": "s", "type": "ipv4_addr", "elem": elements}}))
    library.refusals = 1  # as the kernel knows no such element
    nft.NftDriver(library).apply(READ, NOTHING)
    assert [verbs(commands)[1] for commands in library.transactions] == ["add element s", "delete table calico"]


def test_a_set_of_another_type_takes_a_new_table() -> None:
    library = FakeLibrary((*LISTED, {"set": {"name": "s", "type": "ipv6_addr"}}))
    nft.NftDriver(library).apply(READ, NOTHING)
    assert verbs(library.transactions[0])[1] == "delete table calico"


def test_a_refused_update_is_followed_by_a_new_table() -> None:
    library = FakeLibrary(LISTED)
    driver = nft.NftDriver(library)
    library.refusals = 1
    driver.apply(objects.Table(READ.chains, {}), NOTHING)
    assert [verbs(commands)[1] for commands in library.transactions] == ["delete map m", "delete table calico"]


def test_promise_3_after_a_refused_table_nothing_is_believed() -> None:
    library = FakeLibrary(LISTED)
    driver = nft.NftDriver(library)
    library.refusals = 2
    with pytest.raises(errors.DataplaneError, match="refused"):
        driver.apply(objects.Table(READ.chains, {}), NOTHING)
    driver.apply(READ, NOTHING)
    assert library.looks == 2
