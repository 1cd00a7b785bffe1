"""Sessions between nodes, seen from both ends; single configurations are tests/golden/bird."""

import pathlib
from collections.abc import Iterable

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot
from calico_node.calc import bgp_peers
from calico_node.calc.bgp_peers import Peer
from tests.golden import stores

MESH = [{"kind": "Node", "metadata": {"name": name}, "spec": {"bgp": bgp}} for name, bgp in (
    ("a", {"ipv4Address": "172.31.1.9/24", "ipv6Address": "fd31::9/64"}),
    ("b", {"ipv4Address": "172.31.1.10/24", "ipv6Address": "fd31::a/64"}),
    ("c", {"ipv4Address": "172.31.1.100/24"}),
    ("d", {"ipv6Address": "fd31::d/64"}),
    ("reflector", {"ipv4Address": "172.31.1.1/24", "routeReflectorClusterID": "1.0.0.1"}),
    ("none", {}),
)]  # fmt: skip


def snapshot(*resources: dict[str, object]) -> Snapshot:
    return stores.snapshot({"resources": [*MESH, *resources]})


def names(peers: Iterable[Peer]) -> list[str]:
    return [peer.name for peer in peers]


def settings(**spec: object) -> dict[str, object]:
    return {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": spec}


def bgp_peer(name: str, **spec: object) -> dict[str, object]:
    return {"kind": "BGPPeer", "metadata": {"name": name}, "spec": spec}


def test_the_mesh_joins_nodes_of_a_family_but_no_reflectors() -> None:
    assert names(bgp_peers.of_host(snapshot(), "a")) == [
        "mesh4_172_31_1_10",
        "mesh4_172_31_1_100",
        "mesh6_fd31__a",
        "mesh6_fd31__d",
    ]
    assert bgp_peers.of_host(snapshot(), "reflector") == ()


def test_of_each_pair_in_the_mesh_one_end_connects_and_the_other_waits() -> None:
    whole = snapshot()
    ends = {
        (peer.local_address, peer.address): peer.passive for node in "abcd" for peer in bgp_peers.of_host(whole, node)
    }
    assert len(ends) == 12
    assert all(ends[far, near] != passive for (near, far), passive in ends.items())


def test_without_a_mesh_only_explicit_peers_remain() -> None:
    whole = snapshot(settings(nodeToNodeMeshEnabled=False), bgp_peer("tor", peerIP="172.31.1.254", asNumber=64513))
    assert names(bgp_peers.of_host(whole, "a")) == ["glob4_172_31_1_254"]


def test_an_explicit_peer_replaces_the_mesh_at_both_ends() -> None:
    whole = snapshot(bgp_peer("pair", node="a", peerIP="172.31.1.100", asNumber=64512))
    assert "node4_172_31_1_100" in names(bgp_peers.of_host(whole, "a"))
    assert "mesh4_172_31_1_100" not in names(bgp_peers.of_host(whole, "a"))
    assert "node4_172_31_1_9" in names(bgp_peers.of_host(whole, "c"))
    assert "mesh4_172_31_1_9" not in names(bgp_peers.of_host(whole, "c"))


def test_nobody_peers_with_itself() -> None:
    whole = snapshot(bgp_peer("all", peerSelector="all()"), bgp_peer("own", peerIP="172.31.1.9", asNumber=64512))
    own = {peer.local_address for peer in bgp_peers.of_host(whole, "a")}
    assert own.isdisjoint({peer.address for peer in bgp_peers.of_host(whole, "a")})


def test_a_manual_peering_is_not_answered() -> None:
    whole = snapshot(bgp_peer("one-way", node="a", peerIP="172.31.1.1", asNumber=64512, reversePeering="Manual"))
    assert "node4_172_31_1_1" in names(bgp_peers.of_host(whole, "a"))
    assert bgp_peers.of_host(whole, "reflector") == ()


@pytest.mark.parametrize("case", stores.BIRD, ids=lambda case: case.name)
def test_both_ends_agree_on_as_numbers(case: pathlib.Path) -> None:
    whole = stores.snapshot(stores.read(case / "store.yaml"))
    ends = {(peer.local_address, peer.address): peer for node in whole.nodes for peer in bgp_peers.of_host(whole, node)}
    for (near, far), peer in ends.items():
        if (other := ends.get((far, near))) is not None:
            assert (peer.local_as, peer.as_number) == (other.as_number, other.local_as)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("filters", ["no-default"], id="filters"),
        pytest.param("password", {"secretKeyRef": {"name": "bgp", "key": "tor"}}, id="password"),
        pytest.param("reachableBy", "172.31.1.1", id="reachableBy"),
    ],
)
def test_a_peer_whose_protection_is_not_supported_gets_no_session(field: str, value: object) -> None:
    whole = snapshot(bgp_peer("tor", peerIP="172.31.1.254", asNumber=64513, **{field: value}))
    assert not any(peer.kind == "glob" for peer in bgp_peers.of_host(whole, "a"))
    assert list(bgp_peers.problems(whole)) == [
        f"BGPPeer tor: no session, since spec.{field} is not supported by this version; remove it"
    ]


def test_timers_are_kept_within_what_the_protocol_can_say() -> None:
    spec = {"peerIP": "172.31.1.254", "asNumber": 64513, "maxRestartTime": "1000h", "keepaliveTime": "1500ms"}
    (peer,) = (peer for peer in bgp_peers.of_host(snapshot(bgp_peer("tor", **spec)), "a") if peer.kind == "glob")
    assert (peer.restart_time, peer.keepalive_time, peer.hold_time) == (4095, 2, 240)
