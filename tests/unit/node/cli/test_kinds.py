"""Every kind comes, is listed with upstream's columns under upstream's names, and goes."""

import pytest

from tests.unit.node.cli.terminal import Terminal

TIER = "{kind: Tier, metadata: {name: default}, spec: {order: 1000000, defaultAction: Deny}}"
KINDS = [
    pytest.param(
        "{kind: NetworkPolicy, metadata: {name: db}, spec: {order: 5, selector: has(db), ingress: [{action: Allow}]}}",
        ["np", "policy", "networkpolicies"],
        "NAME TIER | db default",
        "NAME TIER ORDER SELECTOR TYPES | db default 5 has(db) Ingress",
        id="NetworkPolicy",
    ),
    pytest.param(
        "{kind: StagedGlobalNetworkPolicy, metadata: {name: web}, spec: {selector: has(web)}}",
        ["sgnp", "StagedGlobalNetworkPolicy"],
        "NAME TIER | web default",
        "NAME TIER ORDER SELECTOR TYPES | web default has(web) Ingress",
        id="StagedGlobalNetworkPolicy",
    ),
    pytest.param(
        "{kind: StagedNetworkPolicy, metadata: {name: web}, spec: {stagedAction: Delete}}",
        ["snp", "spol"],
        "NAME TIER | web default",
        "NAME TIER ORDER SELECTOR TYPES | web default",
        id="StagedNetworkPolicy",
    ),
    pytest.param(
        "{kind: GlobalNetworkSet, metadata: {name: far}, spec: {nets: [198.51.100.0/24, 2001:db8::/32]}}",
        ["gnetsets", "globalnetworkset"],
        "NAME | far",
        "NAME NETS | far 198.51.100.0/24,2001:db8::/32",
        id="GlobalNetworkSet",
    ),
    pytest.param(
        "{kind: NetworkSet, metadata: {name: near}, spec: {nets: [" + ", ".join(["203.0.113.0/24"] * 6) + "]}}",
        ["netsets", "networkset"],
        "NAME | near",
        "NAME NETS | near " + ",".join(["203.0.113.0/24"] * 6)[:77] + "...",
        id="NetworkSet",
    ),
    pytest.param(
        "{kind: HostEndpoint, metadata: {name: h}, spec: {node: a, interfaceName: eth0, expectedIPs: [10.0.0.1]}}",
        ["hep", "hostendpoints"],
        "NAME NODE | h a",
        "NAME NODE INTERFACE IPS PROFILES | h a eth0 10.0.0.1",
        id="HostEndpoint",
    ),
    pytest.param(
        "{kind: IPReservation, metadata: {name: r}, spec: {reservedCIDRs: [10.65.0.1/32]}}",
        ["reservation", "ipreservations"],
        "NAME | r",
        "NAME CIDRS | r 10.65.0.1/32",
        id="IPReservation",
    ),
    pytest.param(
        "{kind: IPAMConfiguration, metadata: {name: default}, spec: {autoAllocateBlocks: true, maxBlocksPerHost: 4}}",
        ["ipamconfig", "ipamconfigurations"],
        "NAME STRICTAFFINITY AUTOALLOCATEBLOCKS | default false true",
        "NAME STRICTAFFINITY AUTOALLOCATEBLOCKS MAXBLOCKSPERHOST | default false true 4",
        id="IPAMConfiguration",
    ),
    pytest.param(
        "{kind: BGPFilter, metadata: {name: f}, spec: {importV4: [{action: Reject}], importV6: [{action: Reject}]}}",
        ["bgpf", "bgpfilters"],
        "NAME NUMEXPORT NUMIMPORT | f 0 2",
        "NAME NUMEXPORT NUMIMPORT | f 0 2",
        id="BGPFilter",
    ),
]


def words(table: str) -> str:
    return " | ".join(" ".join(line.split()) for line in table.splitlines())


@pytest.mark.parametrize(("document", "names", "narrow", "wide"), KINDS)
def test_a_resource_comes_is_listed_and_goes(
    document: str, names: list[str], narrow: str, wide: str, terminal: Terminal
) -> None:
    terminal.run("apply", "-f", "-", stdin=TIER)
    created = terminal.run("create", "-f", "-", stdin=document)
    assert (created.code, created.errors) == (0, "")
    for name in names:
        assert words(terminal.run("get", name).output) == narrow
        assert words(terminal.run("get", name, "-o", "wide").output) == wide
    written = terminal.store.revision
    again = terminal.run("get", names[0], "-o", "yaml").output
    assert terminal.run("apply", "-f", "-", stdin=again).code == 0
    assert terminal.store.revision == written
    assert terminal.run("delete", "-f", "-", stdin=document).code == 0
    assert words(terminal.run("get", names[0]).output) == narrow.partition(" | ")[0]


def test_what_has_a_namespace_is_in_default_unless_it_says_another(terminal: Terminal) -> None:
    document = "{kind: NetworkSet, metadata: {name: near}}"
    elsewhere = "{kind: NetworkSet, metadata: {name: near, namespace: shop}}"
    terminal.run("apply", "-f", "-", stdin=f"{document}\n---\n{elsewhere}")
    terminal.run("apply", "-n", "libnetwork", "-f", "-", stdin=document)
    rows = [line.split() for line in terminal.run("get", "networksets", "-A").output.splitlines()]
    assert rows == [["NAMESPACE", "NAME"], ["default", "near"], ["libnetwork", "near"], ["shop", "near"]]
    assert terminal.run("delete", "networkset", "near", "-n", "shop").code == 0
    assert "shop" not in terminal.run("get", "networksets", "-A").output


def test_policies_of_kubernetes_are_not_written_here(terminal: Terminal) -> None:
    terminal.run("apply", "-f", "-", stdin=TIER)
    result = terminal.run("apply", "-f", "-", stdin="{kind: NetworkPolicy, metadata: {name: knp.default.web}}")
    assert result.code == 1
    assert "must not begin with knp.default." in result.errors
