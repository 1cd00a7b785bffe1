"""Sessions between nodes, seen from both ends; single configurations are tests/golden/bird."""

import pathlib
from collections.abc import Iterable

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot
from calico_node.calc import bgp_peers
from calico_node.calc.bgp_sessions import Peer
from tests.golden import stores

MESH = [{"kind": "Node", "metadata": {"name": name}, "spec": {"bgp": bgp}} for name, bgp in (
    ("a", {"ipv4Address": "172.31.1.9/24", "ipv6Address": "fd31::9/64"}),
    ("b", {"ipv4Address": "172.31.1.10/24", "ipv6Address": "fd31::a/64"}),
    ("c", {"ipv4Address": "172.31.1.100/24"}),
    ("d", {"ipv6Address": "fd31::d/64"}),
    ("reflector", {"ipv4Address": "172.31.1.1/24", "routeReflectorClusterID": "1.0.0.1"}),
    ("none", {}),
)]  # fmt: skip

PASSWORDS = {("bgp", "tor")}


def snapshot(*resources: dict[str, object]) -> Snapshot:
    return stores.snapshot({"resources": [*MESH, *resources]})


def peers(whole: Snapshot, host: str) -> tuple[Peer, ...]:
    return bgp_peers.of_host(whole, host, PASSWORDS).peers


def names(found: Iterable[Peer]) -> list[str]:
    return [peer.name for peer in found]


def settings(**spec: object) -> dict[str, object]:
    return {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": spec}


def bgp_peer(name: str, **spec: object) -> dict[str, object]:
    return {"kind": "BGPPeer", "metadata": {"name": name}, "spec": spec}


def test_the_mesh_joins_nodes_of_a_family_but_no_reflectors() -> None:
    assert names(peers(snapshot(), "a")) == [
        "mesh4_172_31_1_10",
        "mesh4_172_31_1_100",
        "mesh6_fd31__a",
        "mesh6_fd31__d",
    ]
    assert peers(snapshot(), "reflector") == ()


@pytest.mark.parametrize("address", ["fe80::1", "0.0.0.0", "::", "224.0.0.5", "127.0.0.1"])
def test_one_peer_that_bird_would_refuse_costs_no_other_session(address: str) -> None:
    whole = snapshot(bgp_peer("strange", peerIP=address, asNumber=64513))
    found = bgp_peers.of_host(whole, "a", PASSWORDS)
    assert names(found.peers) == names(peers(snapshot(), "a"))
    assert any(address in problem for problem in found.problems)


def test_a_session_without_local_address_is_none_where_bird_binds_strictly() -> None:
    peer = bgp_peer("tor", peerIP="172.31.1.254", asNumber=64513, sourceAddress="None")
    assert "glob4_172_31_1_254" in names(peers(snapshot(peer), "a"))
    found = bgp_peers.of_host(snapshot(peer, settings(bindMode="NodeIP")), "a", PASSWORDS)
    assert "glob4_172_31_1_254" not in names(found.peers)
    assert any("bindMode NodeIP" in problem for problem in found.problems)


def test_of_each_pair_in_the_mesh_one_end_connects_and_the_other_waits() -> None:
    whole = snapshot()
    ends = {(peer.local_address, peer.address): peer.passive for node in "abcd" for peer in peers(whole, node)}
    assert len(ends) == 12
    assert all(ends[far, near] != passive for (near, far), passive in ends.items())


def test_without_a_mesh_only_explicit_peers_remain() -> None:
    whole = snapshot(settings(nodeToNodeMeshEnabled=False), bgp_peer("tor", peerIP="172.31.1.254", asNumber=64513))
    assert names(peers(whole, "a")) == ["glob4_172_31_1_254"]


def test_an_explicit_peer_replaces_the_mesh_at_both_ends() -> None:
    whole = snapshot(bgp_peer("pair", node="a", peerIP="172.31.1.100", asNumber=64512))
    assert "node4_172_31_1_100" in names(peers(whole, "a"))
    assert "mesh4_172_31_1_100" not in names(peers(whole, "a"))
    assert "node4_172_31_1_9" in names(peers(whole, "c"))
    assert "mesh4_172_31_1_9" not in names(peers(whole, "c"))


def test_nobody_peers_with_itself() -> None:
    whole = snapshot(bgp_peer("all", peerSelector="all()"), bgp_peer("own", peerIP="172.31.1.9", asNumber=64512))
    own = {peer.local_address for peer in peers(whole, "a")}
    assert own.isdisjoint({peer.address for peer in peers(whole, "a")})


def test_a_manual_peering_is_not_answered() -> None:
    whole = snapshot(bgp_peer("one-way", node="a", peerIP="172.31.1.1", asNumber=64512, reversePeering="Manual"))
    assert "node4_172_31_1_1" in names(peers(whole, "a"))
    assert peers(whole, "reflector") == ()


@pytest.mark.parametrize("case", stores.BIRD, ids=lambda case: case.name)
def test_both_ends_agree_on_as_numbers(case: pathlib.Path) -> None:
    whole = stores.snapshot(stores.read(case / "store.yaml"))
    ends = {(peer.local_address, peer.address): peer for node in whole.nodes for peer in peers(whole, node)}
    for (near, far), peer in ends.items():
        if (other := ends.get((far, near))) is not None:
            assert (peer.local_as, peer.as_number) == (other.as_number, other.local_as)


SECRET = {"secretKeyRef": {"name": "bgp", "key": "spine"}}


def test_a_peer_whose_password_is_not_here_gets_no_session() -> None:
    tor = {"secretKeyRef": {"name": "bgp", "key": "tor"}}
    whole = snapshot(
        bgp_peer("spine", peerIP="172.31.1.253", asNumber=64513, password=SECRET),
        bgp_peer("tor", peerIP="172.31.1.254", asNumber=64513, password=tor),
    )
    found = bgp_peers.of_host(whole, "a", PASSWORDS)
    assert [(peer.name, peer.password) for peer in found.peers if peer.kind == "glob"] == [
        ("glob4_172_31_1_254", ("bgp", "tor"))
    ]
    assert found.problems == (
        "BGPPeer spine: no session: this host has no password bgp/spine; add it to calico_bgp_passwords",
    )


def test_a_mesh_whose_password_is_not_here_has_no_session_and_says_so_once() -> None:
    found = bgp_peers.of_host(snapshot(settings(nodeMeshPassword=SECRET)), "a", PASSWORDS)
    assert found.peers == ()
    assert found.problems == (
        "BGPConfiguration default: no session: this host has no password bgp/spine; add it to calico_bgp_passwords",
    )


def test_a_peer_without_session_is_not_replaced_by_the_mesh() -> None:
    whole = snapshot(bgp_peer("pair", node="a", peerIP="172.31.1.100", asNumber=64512, password=SECRET))
    assert not [peer for peer in peers(whole, "a") if str(peer.address) == "172.31.1.100"]


def test_a_peer_whose_filter_is_not_there_gets_no_session() -> None:
    whole = snapshot(
        {"kind": "BGPFilter", "metadata": {"name": "there"}, "spec": {}},
        bgp_peer("one", peerIP="172.31.1.253", asNumber=64513, filters=["there", "not-there"]),
        bgp_peer("two", peerIP="172.31.1.254", asNumber=64513, filters=["there"]),
    )
    found = bgp_peers.of_host(whole, "a")
    assert [(peer.name, peer.filters) for peer in found.peers if peer.kind == "glob"] == [
        ("glob4_172_31_1_254", ("there",))
    ]
    assert found.problems == ("BGPPeer one: no session: there is no valid BGPFilter not-there",)


BFD = {"calico.docker/bfd-interval": "100ms"}


@pytest.mark.parametrize(
    ("address", "options", "direct"),
    [
        pytest.param("172.31.1.254", {}, True, id="in the node's subnet"),
        pytest.param("172.31.2.254", {}, False, id="behind a router"),
        pytest.param("172.31.1.254", {"ttlSecurity": 1}, True, id="adjacent by ttlSecurity"),
        pytest.param("172.31.1.254", {"ttlSecurity": 3}, False, id="further away by ttlSecurity"),
    ],
)
def test_bfd_with_neighbours_on_the_link_is_that_of_neighbours(
    address: str, options: dict[str, object], direct: bool
) -> None:
    peer = bgp_peer("tor", peerIP=address, asNumber=64513, **options)
    plain = [one.direct for one in peers(snapshot(peer), "a") if one.kind == "glob"]
    metadata = {"name": "tor", "annotations": BFD}
    with_bfd = [one.direct for one in peers(snapshot({**peer, "metadata": metadata}), "a") if one.kind == "glob"]
    assert (plain, with_bfd) == ([False], [direct])


def test_timers_are_kept_within_what_the_protocol_can_say() -> None:
    spec = {"peerIP": "172.31.1.254", "asNumber": 64513, "maxRestartTime": "1000h", "keepaliveTime": "1500ms"}
    (peer,) = (peer for peer in peers(snapshot(bgp_peer("tor", **spec)), "a") if peer.kind == "glob")
    assert (peer.restart_time, peer.keepalive_time, peer.hold_time) == (4095, 2, 240)
