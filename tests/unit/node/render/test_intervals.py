"""Lists of networks and ranges become sets with names; everything else stays in the rule."""

import ipaddress

import pytest

from calico_node.render import intervals, nets, nft

PORTS = nft.payload("tcp", "dport")
SOURCE, DESTINATION = nft.payload("ip6", "saddr"), nft.payload("ip", "daddr")
NETWORKS = tuple(map(ipaddress.ip_network, ("10.0.0.0/24", "10.0.1.0/25", "192.0.2.0/24", "198.51.100.7/32")))


def chain(*matches: nft.Expression) -> nft.Chain:
    return nft.Chain((nft.Rule((*matches, nft.COUNTER, nft.DROP), "why"),), nft.Hook("forward", 0))


@pytest.mark.parametrize("operator", ["==", "!="])
def test_networks_become_a_set_that_the_rule_refers_to(operator: str) -> None:
    there = chain(nets.match(4, "daddr", NETWORKS, operator))
    found = intervals.named(there)
    ((name, made),) = found.sets.items()
    assert found.chain == chain(nft.match(DESTINATION, f"@{name}", operator))
    elements = frozenset({nft.Range("10.0.0.0", "10.0.1.127"), "192.0.2.0/24", "198.51.100.7"})
    assert made == nft.Set(("ipv4_addr",), elements, interval=True)


def test_ranges_of_ports_among_ports_become_a_set() -> None:
    found = intervals.named(chain(nft.match(PORTS, {"set": [53, {"range": [80, 81]}]})))
    (made,) = found.sets.values()
    assert made == nft.Set(("inet_service",), frozenset({53, nft.Range(80, 81)}), interval=True)


def test_what_is_listed_twice_is_one_set_and_another_list_another_one() -> None:
    found = intervals.named(
        chain(
            nets.match(4, "saddr", NETWORKS),
            nets.match(4, "daddr", reversed(NETWORKS), "!="),
            nets.match(4, "daddr", NETWORKS[1:]),
        )
    )
    first, second, third = (match["match"]["right"] for match in found.chain.rules[0].expressions[:3])
    assert first == second != third
    assert found.sets.keys() == {first[1:], third[1:]}


@pytest.mark.parametrize(
    "right",
    [
        pytest.param({"prefix": {"addr": "fe80::", "len": 10}}, id="one network"),
        pytest.param({"set": ["::1", "fd65::1"]}, id="addresses"),
        pytest.param("@addresses6-1", id="a set with a name"),
    ],
)
def test_what_counts_at_once_stays_in_the_rule(right: object) -> None:
    there = chain(nft.match(SOURCE, right), nft.match(PORTS, {"range": [80, 81]}), nft.match(PORTS, {"set": [80, 82]}))
    found = intervals.named(there)
    assert found.chain is there
    assert not found.sets


def test_intervals_of_what_no_rule_lists_are_an_error_of_ours() -> None:
    with pytest.raises(NotImplementedError, match="mark"):
        intervals.named(chain(nft.match(nft.meta("mark"), {"set": [1, {"range": [3, 4]}]})))
