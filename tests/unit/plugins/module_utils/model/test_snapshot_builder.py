"""Records and events become a snapshot that does not remember its path."""

import ipaddress

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder, snapshots
from tests.states import records

EVERYTHING = (
    records.network("frontend"),
    records.endpoint(1),
    records.endpoint(2, node="host2"),
    records.policy("web", selector="all()", ingress=[{"action": "Allow"}]),
    records.policy("broken", selector="role == ", ingress=[{"action": "Allow"}]),
    records.tier("security", order=10),
    records.felix(defaultEndpointToHostAction="Return"),
    records.raw("Node", "host1", {"bgp": {"ipv4Address": "172.31.1.11/24"}}),
    records.raw("IPPool", "pool1", {"cidr": "10.65.0.0/16"}),
    records.raw("BGPConfiguration", "default", {"asNumber": 64512}),
    records.raw("BGPPeer", "tor", {"peerIP": "172.31.1.1", "asNumber": 65000}),
    records.raw("ClusterInformation", "default", {"datastoreReady": True}),
    records.raw("BGPFilter", "no-default-route", {"importV4": [{"action": "Reject"}]}),
    records.raw("GlobalNetworkSet", "internet", {"nets": ["198.51.100.0/24"]}),
    records.raw("HostEndpoint", "host1-eth0", {"node": "host1", "interfaceName": "eth0"}),
    records.raw("IPAMConfiguration", "default", {"strictAffinity": False}),
    records.raw("IPReservation", "gateways", {"reservedCIDRs": ["10.65.0.1/32"]}),
    records.raw("NetworkPolicy", "web", {"ingress": [{"action": "Allow"}]}, {"namespace": "libnetwork"}),
    records.raw("NetworkSet", "office", {"nets": ["203.0.113.0/24"]}, {"namespace": "libnetwork"}),
    records.raw("StagedGlobalNetworkPolicy", "web", {"ingress": [{"action": "Allow"}]}),
    records.raw("StagedNetworkPolicy", "web", {"ingress": [{"action": "Allow"}]}, {"namespace": "libnetwork"}),
    records.affinity("host1", "10.65.0.0/26"),
)


def test_every_kind_has_its_place() -> None:
    snapshot = snapshot_builder.build(EVERYTHING, 7)
    counts = {name: len(getattr(snapshot, name)) for name in snapshots.Snapshot.__dataclass_fields__ if name[0] != "r"}
    assert counts == dict.fromkeys(counts, 1) | {"endpoints": 2}
    assert snapshot.revision == 7
    assert [key.rpartition("/")[2] for key, _ in snapshot.invalid] == ["broken"]


def test_the_same_records_in_any_order_give_the_same_snapshot() -> None:
    assert snapshot_builder.build(reversed(EVERYTHING), 7) == snapshot_builder.build(EVERYTHING, 7)


def test_one_event_at_a_time_gives_what_a_listing_gives() -> None:
    snapshot = snapshots.Snapshot()
    for change in EVERYTHING:
        snapshot = snapshot_builder.apply(snapshot, [change, change], 7)
    assert snapshot == snapshot_builder.build(EVERYTHING, 7)


def test_deleting_everything_leaves_nothing() -> None:
    gone = snapshot_builder.apply(snapshot_builder.build(EVERYTHING, 7), map(records.without, EVERYTHING), 8)
    assert gone == snapshots.Snapshot(revision=8)


def test_a_snapshot_is_not_changed_by_the_next_one() -> None:
    first = snapshot_builder.build(EVERYTHING, 7)
    snapshot_builder.apply(first, map(records.without, EVERYTHING), 8)
    assert first == snapshot_builder.build(EVERYTHING, 7)


def test_a_record_that_became_valid_is_no_longer_reported() -> None:
    snapshot = snapshot_builder.build(EVERYTHING, 7)
    mended = records.policy("broken", selector="all()", ingress=[{"action": "Allow"}])
    assert snapshot_builder.apply(snapshot, [mended], 8).invalid == ()


@pytest.mark.parametrize(
    "key",
    [
        "/calico/resources/v3/projectcalico.org/kubecontrollersconfigurations/default",
        "/calico/resources/v3/projectcalico.org/profiles/",
        "/calico/resources/v3/projectcalico.org/workloadendpoints/without-namespace",
        "/calico/ipam/v2/host/host1/ipv4/block/10.65.0.0",
        "/calico/ipam/v2/host/host1/ipv4/block/10.65.0.1-26",
        "/calico/ipam/v2/config",
        "/elsewhere",
    ],
)
def test_other_keys_are_left_alone(key: str) -> None:
    assert snapshot_builder.build([records.Change(key, b"{}")], 7) == snapshots.Snapshot(revision=7)


@pytest.mark.parametrize(
    ("value", "state"),
    [
        pytest.param(b'{"state":"confirmed"}', "confirmed", id="confirmed"),
        pytest.param(b'{"state":"pending"}', "pending", id="pending"),
        pytest.param(b'{"state":"pendingDeletion"}', "pendingDeletion", id="being given back"),
        pytest.param(b'{"state":""}', "confirmed", id="an empty state means confirmed"),
        pytest.param(b"", "confirmed", id="an empty value means confirmed"),
        pytest.param(b"[", "pending", id="an unreadable one is not announced"),
        pytest.param(b"[]", "pending", id="nor is one of another form"),
    ],
)
def test_an_affinity_has_a_state(value: bytes, state: str) -> None:
    key = "/calico/ipam/v2/host/host1/ipv6/block/fd65::-122"
    snapshot = snapshot_builder.build([records.Change(key, value)], 7)
    assert snapshot.affinities == {("host1", ipaddress.ip_network("fd65::/122")): state}
