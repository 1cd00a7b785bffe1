"""The chains of policies and profiles: what each rule does, by which name it is counted, and which sets it asks."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import selectors, snapshot_builder
from calico_node.calc import hosts, matches, rulesets
from calico_node.render import names, nft, tables
from calico_node.render import rulesets as render
from tests.golden import nft_text
from tests.states import records, states

WEB = rulesets.Key("GlobalNetworkPolicy", "web")
ACTIONS = tuple(matches.Match(action) for action in ("Log", "Pass", "Deny", "Allow"))


def text(chain: nft.Chain) -> list[str]:
    return ["  ".join(map(nft_text._expression, rule.expressions)) + f"  # {rule.comment}" for rule in chain.rules]


def chains(key: rulesets.Key, *ingress: matches.Match) -> dict[str, list[str]]:
    made = render.chains(rulesets.RuleSet(key, ingress), "ingress", ())
    return {name: text(chain) for name, chain in made.items()}


def test_each_action_counts_under_the_rules_name() -> None:
    assert chains(WEB, *ACTIONS) == {
        "policy-in-web": [
            "counter  jump log  # GlobalNetworkPolicy web ingress 0",
            "counter  meta mark = meta mark | 0x20000  return  # GlobalNetworkPolicy web ingress 1",
            "counter  drop  # GlobalNetworkPolicy web ingress 2",
            "counter  meta mark = meta mark | 0x10000  return  # GlobalNetworkPolicy web ingress 3",
        ]
    }


@pytest.mark.parametrize(
    ("key", "chain"),
    [
        (rulesets.Key("StagedGlobalNetworkPolicy", "web"), "staged-in-web"),
        (rulesets.Key("StagedNetworkPolicy", "here/web"), "staged-in-here/web"),
    ],
)
def test_staged_rules_only_count_also_what_none_of_them_decides(key: rulesets.Key, chain: str) -> None:
    assert chains(key, *ACTIONS) == {
        chain: [
            f"counter  # {key} ingress 0",
            *(f"counter  return  # {key} ingress {index}" for index in (1, 2, 3)),
            f"counter  # {key} ingress none",
        ]
    }


def both_ways(action: str) -> matches.Match:
    """A port by number and by name: a packet may match twice."""
    by_name = matches.PortsByName("web", (6,), matches.EVERYONE)
    return matches.Match(action, (4,), 6, destination=matches.Side(ports=matches.Ports(((80, 80),), (by_name,))))


@pytest.mark.parametrize(
    ("key", "end"), [(WEB, "goto log"), (rulesets.Key("StagedGlobalNetworkPolicy", "web"), "return")]
)
def test_what_matches_in_two_ways_is_logged_once(key: rulesets.Key, end: str) -> None:
    made = chains(key, both_ways("Log"))
    (name,) = (name for name in made if name.startswith("log-"))
    assert made[name.removeprefix("log-").removesuffix("-0")][0] == f"jump {name}  # None"
    assert [f"counter  {end}  # {key} ingress 0" in rule for rule in made[name]] == [True, True]


def test_what_ends_at_the_first_way_needs_no_chain_of_its_own() -> None:
    assert len(chains(WEB, both_ways("Allow"))["policy-in-web"]) == 2


def table(*changes: records.Change) -> nft.Table:
    base = (
        records.network("frontend"),
        records.endpoint(1),
        records.network_set("net", "192.0.2.0/24", labels={"a": "b"}),
    )
    return tables.table(hosts.calculate(snapshot_builder.build((*base, *changes), 1), "host1"))


def rendered(peer: dict[str, Any], **fields: Any) -> list[str]:
    """The rules of IPv4, with the sets by their kind."""
    rule = {"action": "Deny", "ipVersion": 4, "source": peer, **fields}
    chain = table(records.policy("web", selector="all()", ingress=[rule])).chains["policy-in-web"]
    return ["  ".join(map(nft_text._expression, rule.expressions[:-2])) for rule in chain.rules]


def named(kind: str) -> str:
    selection = matches.Selection.of(selectors.parse("a == 'b'"))
    return f"@{kind}4-" + names.addresses(selection, 4).partition("-")[2]


def test_a_selection_with_networks_is_two_ways_to_match() -> None:
    assert rendered({"selector": "a == 'b'"}) == [
        f"ip saddr == {named('addresses')}",
        f"ip saddr . meta nfproto == {named('nets')}",
    ]


def test_an_excluded_selection_with_networks_is_two_matches() -> None:
    assert rendered({"notSelector": "a == 'b'"}) == [
        f"ip saddr != {named('addresses')}  ip saddr . meta nfproto != {named('nets')}"
    ]


def test_a_selection_without_networks_is_one_way() -> None:
    assert len(rendered({"selector": "a == 'c'"})) == 1


def test_a_ports_name_asks_nothing_else_of_the_address() -> None:
    (rule,) = rendered({"selector": "a == 'b'", "ports": ["web"]}, protocol="TCP")
    assert rule.startswith("ip saddr . meta l4proto . tcp sport == @ports4-")


def test_networks_are_an_interval_set_of_each_family() -> None:
    sets = table(
        records.policy("web", selector="all()", ingress=[{"action": "Allow", "source": {"selector": "a == 'b'"}}])
    ).sets
    found = {one.type[0]: one for name, one in sets.items() if name.startswith("nets")}
    assert found == {
        "ipv4_addr": nft.Set(("ipv4_addr", "nf_proto"), frozenset({("192.0.2.0/24", 2)}), interval=True),
        "ipv6_addr": nft.Set(("ipv6_addr", "nf_proto"), frozenset(), interval=True),
    }


def test_every_state_has_no_rule_without_a_counter() -> None:
    for changes in states.STATES.values():
        made = tables.table(hosts.calculate(snapshot_builder.build(changes, 1), "host1"))
        rules = [
            rule
            for name in made.chains
            if name.startswith(("policy-", "staged-", "profile-"))
            for rule in made.chains[name].rules
        ]
        assert all(nft.COUNTER in rule.expressions or "jump" in rule.expressions[-1] for rule in rules)
