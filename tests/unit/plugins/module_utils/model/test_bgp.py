"""Nodes, BGP settings and peers, and the other settings of a cluster: what is accepted and what refused."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import (
    bgp_configurations,
    bgp_peers,
    cluster_informations,
    errors,
    felix_configurations,
    nodes,
    resources,
)

from .refusals import accepted, refused

PEER = {"peerIP": "10.0.0.1", "asNumber": 64512}


@pytest.mark.parametrize(
    ("kind", "name", "spec", "fields"),
    [
        (nodes.Node, "n", {"bgp": {"ipv4Address": "fd00::1/64"}}, ["spec.bgp.ipv4Address"]),
        (nodes.Node, "n", {"bgp": {"ipv6Address": "10.0.0.1/24"}}, ["spec.bgp.ipv6Address"]),
        (nodes.Node, "n", {"bgp": {"ipv4Address": "10.0.0.256/24"}}, ["spec.bgp.ipv4Address"]),
        (nodes.Node, "n", {"bgp": {"asNumber": 0}}, ["spec.bgp.asNumber"]),
        (nodes.Node, "n", {"bgp": {"asNumber": 4294967296}}, ["spec.bgp.asNumber"]),
        (nodes.Node, "n", {"bgp": {"asNumber": "1.65536"}}, ["spec.bgp.asNumber"]),
        (nodes.Node, "n", {"bgp": {"asNumber": "0.0"}}, ["spec.bgp.asNumber"]),
        (nodes.Node, "n", {"bgp": {"asNumber": True}}, ["spec.bgp.asNumber"]),
        (nodes.Node, "n", {"bgp": {"asNumber": "٣"}}, ["spec.bgp.asNumber"]),
        (nodes.Node, "n", {"bgp": {"routeReflectorClusterID": "1"}}, ["spec.bgp.routeReflectorClusterID"]),
        (bgp_configurations.BGPConfiguration, "other", {}, ["metadata.name"]),
        (bgp_configurations.BGPConfiguration, "default", {"listenPort": 0}, ["spec.listenPort"]),
        (bgp_configurations.BGPConfiguration, "default", {"bindMode": "Any"}, ["spec.bindMode"]),
        (
            bgp_configurations.BGPConfiguration,
            "node.n1",
            {"asNumber": 64512, "nodeToNodeMeshEnabled": True, "nodeMeshMaxRestartTime": "1s", "listenPort": 1790},
            ["spec.asNumber", "spec.nodeToNodeMeshEnabled", "spec.nodeMeshMaxRestartTime"],
        ),
        (bgp_configurations.BGPConfiguration, "default", {"logSeverityScreen": "Loud"}, ["spec.logSeverityScreen"]),
        (
            bgp_configurations.BGPConfiguration,
            "default",
            {"communities": [{"name": "a", "value": "1:2"}]},
            ["spec.communities"],
        ),
        (
            bgp_configurations.BGPConfiguration,
            "default",
            {"communities": [{"name": "A", "value": "1"}], "prefixAdvertisements": [{"cidr": "10.0.0.1/8"}]},
            [
                "spec.communities[0].name",
                "spec.communities[0].value",
                "spec.prefixAdvertisements[0].cidr",
                "spec.prefixAdvertisements[0].communities",
            ],
        ),
        (
            bgp_configurations.BGPConfiguration,
            "default",
            {"prefixAdvertisements": [{"cidr": "10.0.0.0/8", "communities": ["1:2", "a"]}]},
            ["spec.prefixAdvertisements[0].communities[1]"],
        ),
        (
            bgp_configurations.BGPConfiguration,
            "default",
            {"nodeToNodeMeshEnabled": False, "nodeMeshMaxRestartTime": "1s"},
            ["spec.nodeMeshMaxRestartTime"],
        ),
        (bgp_peers.BGPPeer, "p", {}, ["spec.peerIP"]),
        (bgp_peers.BGPPeer, "p", {**PEER, "reachableBy": "fd00::1"}, ["spec.reachableBy"]),
        (bgp_peers.BGPPeer, "p", {"peerSelector": "all()", "reachableBy": "10.0.0.1"}, ["spec.reachableBy"]),
        (
            bgp_peers.BGPPeer,
            "p",
            {**PEER, "keepOriginalNextHop": True, "nextHopMode": "Keep"},
            ["spec.keepOriginalNextHop"],
        ),
        (bgp_peers.BGPPeer, "p", {**PEER, "peerSelector": "all()"}, ["spec.peerIP", "spec.asNumber"]),
        (bgp_peers.BGPPeer, "p", {"peerIP": "10.0.0.1"}, ["spec.asNumber"]),
        (bgp_peers.BGPPeer, "p", {**PEER, "node": "n", "nodeSelector": "all()"}, ["spec.nodeSelector"]),
        (bgp_peers.BGPPeer, "p", {**PEER, "peerIP": "10.0.0.1:0"}, ["spec.peerIP"]),
        (bgp_peers.BGPPeer, "p", {**PEER, "peerIP": "10.0.0.1:65536"}, ["spec.peerIP"]),
        (bgp_peers.BGPPeer, "p", {**PEER, "peerIP": "fd00::1:x"}, ["spec.peerIP"]),
        (bgp_peers.BGPPeer, "p", {**PEER, "peerIP": "10.0.0.1/24"}, ["spec.peerIP"]),
        (bgp_peers.BGPPeer, "p", {**PEER, "ttlSecurity": 256}, ["spec.ttlSecurity"]),
        (bgp_peers.BGPPeer, "p", {**PEER, "keepaliveTime": "20"}, ["spec.keepaliveTime"]),
        (bgp_peers.BGPPeer, "p", {**PEER, "filters": ["Up"]}, ["spec.filters[0]"]),
        (cluster_informations.ClusterInformation, "other", {}, ["metadata.name"]),
        (cluster_informations.ClusterInformation, "default", {"clusterGUID": "x"}, ["spec.clusterGUID"]),
        (felix_configurations.FelixConfiguration, "other", {}, ["metadata.name"]),
        (felix_configurations.FelixConfiguration, "default", {"logPrefix": "x" * 28}, ["spec.logPrefix"]),
        (felix_configurations.FelixConfiguration, "default", {"logPrefix": "a\nb"}, ["spec.logPrefix"]),
    ],
)
def test_what_is_refused(kind: type[resources.Resource], name: str, spec: dict[str, Any], fields: list[str]) -> None:
    assert refused(kind, spec, name) == fields


@pytest.mark.parametrize(
    ("kind", "field"), [(bgp_peers.BGPPeer, "password"), (bgp_configurations.BGPConfiguration, "nodeMeshPassword")]
)
def test_a_password_in_place_of_its_name_is_refused_and_not_shown(kind: type[resources.Resource], field: str) -> None:
    spec = {**(PEER if kind is bgp_peers.BGPPeer else {}), field: "hunter2"}
    with pytest.raises(errors.Invalid) as caught:
        kind.decode({"metadata": {"name": "default"}, "spec": spec})
    assert [problem.field for problem in caught.value.problems] == [f"spec.{field}"]
    assert "hunter2" not in repr(caught.value.problems) + str(caught.value)


def test_addresses_keep_their_prefix_length_and_are_asked_for_without() -> None:
    node = accepted(nodes.Node, {"bgp": {"ipv4Address": "10.0.0.1/24", "ipv6Address": "FD00:0::1/64"}})
    assert node.encode()["spec"]["bgp"] == {"ipv4Address": "10.0.0.1/24", "ipv6Address": "fd00::1/64"}
    assert (str(node.address(4)), str(node.address(6))) == ("10.0.0.1", "fd00::1")


def test_a_bare_address_is_a_host_of_its_own() -> None:
    node = accepted(nodes.Node, {"bgp": {"ipv4Address": "10.0.0.1"}})
    assert node.encode()["spec"]["bgp"] == {"ipv4Address": "10.0.0.1/32"}


@pytest.mark.parametrize("spec", [{}, {"bgp": {}}])
def test_a_node_without_bgp_has_no_address_and_an_empty_one_is_none(spec: dict[str, Any]) -> None:
    node = accepted(nodes.Node, spec)
    assert (node.address(4), node.encode()["spec"]) == (None, {})


@pytest.mark.parametrize(("written", "number"), [(64512, 64512), ("64512", 64512), ("1.10", 65546), ("0.1", 1)])
def test_as_numbers_are_plain_or_dotted(written: Any, number: int) -> None:
    assert accepted(nodes.Node, {"bgp": {"asNumber": written}}).spec.bgp.as_number == number


@pytest.mark.parametrize(
    ("written", "address", "port"),
    [
        ("10.0.0.1", "10.0.0.1", None),
        ("10.0.0.1:1790", "10.0.0.1", 1790),
        ("fd00::1", "fd00::1", None),
        ("[fd00::1]:1790", "fd00::1", 1790),
    ],
)
def test_peers_may_have_a_port(written: str, address: str, port: int | None) -> None:
    peer = accepted(bgp_peers.BGPPeer, {**PEER, "peerIP": written})
    assert (str(peer.spec.peer_ip.address), peer.spec.peer_ip.port) == (address, port)
    assert peer.encode()["spec"]["peerIP"] == written


def test_a_new_cluster_is_ready_and_of_no_version() -> None:
    assert cluster_informations.initial("0" * 32).encode()["spec"] == {
        "clusterGUID": "0" * 32,
        "clusterType": "docker",
        "datastoreReady": True,
    }
