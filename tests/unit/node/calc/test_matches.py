"""What a rule matches: families, ports and selections (reference: Calico v3 API)."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import rules, schema
from calico_node.calc import matches


def match(namespace: str | None = None, **fields: Any) -> matches.Match:
    return matches.read(schema.decode(rules.Rule, {"action": "Allow", **fields}, strict=True), namespace)


@pytest.mark.parametrize(
    ("rule", "families"),
    [
        pytest.param({}, (4, 6), id="no hint"),
        pytest.param({"ipVersion": 4}, (4,), id="by version"),
        pytest.param({"protocol": "ICMP"}, (4,), id="ICMP by name"),
        pytest.param({"protocol": "ICMPv6"}, (6,), id="ICMPv6 by name"),
        pytest.param({"protocol": 1}, (4, 6), id="ICMP by number implies nothing"),
        pytest.param({"protocol": 1, "icmp": {"type": 8}}, (4,), id="ICMP by number with a type"),
        pytest.param({"protocol": 58, "icmp": {"type": 128}}, (6,), id="ICMPv6 by number with a type"),
        pytest.param({"protocol": 58, "ipVersion": 4, "icmp": {"type": 1}}, (), id="what cannot be"),
        pytest.param({"notICMP": {"type": 8}}, (4, 6), id="notICMP without protocol is each family's own"),
        pytest.param({"protocol": "TCP", "notICMP": {"type": 8}}, (), id="notICMP is about ICMP packets"),
        pytest.param({"notICMP": {"type": 8}, "source": {"ports": ["web"]}}, (), id="ICMP packets have no ports"),
        pytest.param({"source": {"nets": ["10.0.0.0/8"]}}, (4,), id="IPv4 nets"),
        pytest.param({"source": {"notNets": ["10.0.0.0/8"]}}, (4,), id="IPv4 notNets: nothing in IPv6"),
        pytest.param({"destination": {"notNets": ["fd00::/8"]}}, (6,), id="IPv6 notNets: nothing in IPv4"),
    ],
)
def test_a_rule_exists_only_where_packets_can_match(rule: dict[str, Any], families: tuple[int, ...]) -> None:
    assert match(**rule).families == families


@pytest.mark.parametrize(
    ("ports", "ranges"),
    [
        pytest.param([80], ((80, 80),), id="one"),
        pytest.param([443, 80], ((80, 80), (443, 443)), id="sorted"),
        pytest.param([80, "80:90", "85:100"], ((80, 100),), id="overlaps merged"),
        pytest.param(["1:10", 11], ((1, 11),), id="seams closed"),
    ],
)
def test_port_ranges_are_sorted_and_merged(ports: list[Any], ranges: tuple[tuple[int, int], ...]) -> None:
    assert match(protocol="TCP", destination={"ports": ports}).destination.ports == matches.Ports(ranges)


def test_a_named_port_is_one_of_the_endpoints_that_the_side_selects() -> None:
    side = match(protocol="TCP", destination={"selector": "a == 'b'", "ports": ["web"]}).destination
    assert side.selected is not None
    assert side.ports == matches.Ports(names=(matches.PortsByName("web", (6,), side.selected),))


def test_a_named_port_without_protocol_means_tcp_udp_and_sctp_of_every_endpoint() -> None:
    ports = match(destination={"notPorts": ["web"]}).destination.not_ports
    assert ports == matches.Ports(names=(matches.PortsByName("web", (6, 17, 132), matches.EVERYONE),))


def test_equal_selectors_are_one_selection_however_they_are_written() -> None:
    one, other = (match(source={"selector": text}).source.selected for text in ("a=='b'", '(a  ==  "b")'))
    assert one == other


@pytest.mark.parametrize(
    ("peer", "selected", "excluded"),
    [
        pytest.param({}, None, None, id="any address"),
        pytest.param({"selector": "all()"}, "all()", None, id="any known endpoint"),
        pytest.param({"notSelector": "a == 'b'"}, None, 'a == "b"', id="any address but these"),
        pytest.param({"namespaceSelector": "global()"}, "!(has(projectcalico.org/namespace))", None, id="global"),
        pytest.param(
            {"selector": "has(a)", "notSelector": "a == 'b'"}, '(has(a) && !(a == "b"))', None, id="some but not others"
        ),
        pytest.param({"services": {"name": "dns", "namespace": "b"}}, "!(all())", None, id="a service has nobody"),
    ],
)
def test_who_is_selected(peer: dict[str, Any], selected: str | None, excluded: str | None) -> None:
    side = match(source=peer).source
    assert (side.selected and side.selected.text) == selected
    assert (side.not_selected and side.not_selected.text) == excluded


HERE = 'projectcalico.org/namespace == "here"'


@pytest.mark.parametrize(
    ("peer", "selected"),
    [
        pytest.param({}, None, id="any address"),
        pytest.param({"nets": ["10.0.0.0/8"]}, None, id="nets are no endpoints"),
        pytest.param({"ports": ["web"]}, None, id="nor are ports by name"),
        pytest.param({"selector": "has(a)"}, f"({HERE} && has(a))", id="by label"),
        pytest.param({"notSelector": "has(a)"}, f"({HERE} && !(has(a)))", id="all but some"),
        pytest.param(
            {"namespaceSelector": "has(team)", "selector": "has(a)"},
            "(has(pcns.team) && has(a))",
            id="of other namespaces",
        ),
        pytest.param(
            {"serviceAccounts": {"names": ["robot"], "selector": "has(a)"}},
            f'({HERE} && projectcalico.org/serviceaccount in {{"robot"}} && has(pcsa.a))',
            id="by service account",
        ),
    ],
)
def test_who_is_selected_by_a_policy_of_a_namespace(peer: dict[str, Any], selected: str | None) -> None:
    side = match("here", protocol="TCP", source=peer).source
    assert (side.selected and side.selected.text) == selected
    assert side.not_selected is None


def test_a_port_by_name_is_one_of_those_that_are_not_excluded() -> None:
    ports = match(destination={"selector": "has(a)", "notSelector": "has(b)", "ports": ["web"]}).destination.ports
    assert ports is not None
    assert [named.selection.text for named in ports.names] == ["(has(a) && !(has(b)))"]


def test_an_icmp_without_type_is_no_condition() -> None:
    assert match(protocol="ICMP", icmp={}).icmp is None


def test_icmp_packets_have_no_ports_to_be_excluded_by() -> None:
    assert match(notICMP={"type": 8}, source={"notPorts": ["web"]}).source.not_ports is None
