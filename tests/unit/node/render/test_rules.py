"""A rule in the kernel's terms."""

from typing import Any

import pytest
from hypothesis import given, settings

from ansible_collections.calico.docker.plugins.module_utils.model import rules as model
from ansible_collections.calico.docker.plugins.module_utils.model import schema
from calico_node.calc import matches
from calico_node.render import rules
from tests.golden import nft_text
from tests.states import rules as any_rules


def rendered(**fields: Any) -> list[str]:
    """The ways to match as text."""
    match = matches.read(schema.decode(model.Rule, {"action": "Log", **fields}, strict=True))
    return ["  ".join(map(nft_text._expression, way)) for way in rules.matches(match)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param({}, [""], id="everything"),
        pytest.param({"ipVersion": 4}, ["meta nfproto == 2"], id="a family"),
        pytest.param({"protocol": "TCP"}, ["meta l4proto == 6"], id="a protocol"),
        pytest.param({"notProtocol": 47}, ["meta l4proto != 47"], id="all but a protocol"),
        pytest.param(
            {"protocol": "TCP", "ipVersion": 6}, ["meta l4proto == 6  meta nfproto == 10"], id="protocol and family"
        ),
        pytest.param(
            {"protocol": "TCP", "destination": {"ports": [80, "90:99"]}}, ["tcp dport == {80, 90-99}"], id="ports"
        ),
        pytest.param(
            {"protocol": "UDP", "source": {"ports": [53]}, "destination": {"notPorts": [80]}},
            ["udp sport == 53  udp dport != 80"],
            id="both sides",
        ),
        pytest.param(
            {"protocol": "ICMP", "icmp": {"type": 3, "code": 4}}, ["icmp type == 3  icmp code == 4"], id="ICMP"
        ),
        pytest.param(
            {"protocol": "ICMP", "notICMP": {"type": 3, "code": 4}}, ["icmp type . icmp code != {3 . 4}"], id="notICMP"
        ),
        pytest.param({"notICMP": {"type": 3}}, ["icmp type != 3", "icmpv6 type != 3"], id="notICMP of each family"),
        pytest.param({"source": {"nets": ["10.0.0.0/8"]}}, ["ip saddr == 10.0.0.0/8"], id="a net"),
        pytest.param({"source": {"nets": ["0.0.0.0/0"]}}, ["meta nfproto == 2"], id="every IPv4 address"),
        pytest.param(
            {"source": {"nets": ["10.0.0.0/25", "10.0.0.128/25", "10.0.2.0/32"]}},
            ["ip saddr == {10.0.0.0/24, 10.0.2.0}"],
            id="nets joined",
        ),
        pytest.param(
            {"destination": {"notNets": ["fd00::/64", "fd00:0:0:1::/64", "fd00:0:0:2::/64"]}},
            ["ip6 daddr != fd00::-fd00::2:ffff:ffff:ffff:ffff"],
            id="nets that are no prefix together",
        ),
        pytest.param({"ipVersion": 4, "protocol": 58, "notICMP": {"type": 1}}, [], id="what cannot be is no rule"),
    ],
)
def test_a_rule_reads(rule: dict[str, Any], expected: list[str]) -> None:
    assert rendered(**rule) == expected


def test_a_selector_is_a_set_of_each_family() -> None:
    four, six = rendered(source={"selector": "a == 'b'"}, protocol="TCP")
    assert four.startswith("meta l4proto == 6  ip saddr == @addresses4-")
    assert six.startswith("meta l4proto == 6  ip6 saddr == @addresses6-")


def test_numbers_and_names_of_ports_are_alternatives() -> None:
    found = rendered(protocol="TCP", destination={"ports": [80, "web"]})
    assert [("tcp dport == 80" in rule, "@ports" in rule) for rule in found] == [(True, False), (False, True)] * 2


def test_excluded_numbers_and_names_of_ports_hold_together() -> None:
    found = rendered(protocol="TCP", destination={"notPorts": [80, "web"]})
    assert all("tcp dport != 80" in rule and "!= @ports" in rule for rule in found)


@given(any_rules.ANY)
@settings(max_examples=200)
def test_every_valid_rule_has_a_reading_in_the_families_where_it_exists(found: list[dict[str, Any]]) -> None:
    for rule in found:
        match = matches.read(schema.decode(model.Rule, rule, strict=True))
        assert bool(list(rules.matches(match))) == bool(match.families)
