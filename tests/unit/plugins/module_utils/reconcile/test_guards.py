"""What the rest of the store forbids, and what goes with a resource that is removed."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import reconcile
from ansible_collections.calico.docker.plugins.module_utils.model import (
    errors,
    kinds,
    policies,
    resources,
    workload_endpoints,
)
from ansible_collections.calico.docker.plugins.module_utils.reconcile import bootstrap
from tests.fakes.store import FakeStore

MARKS = reconcile.Marks("11111111-1111-4111-8111-111111111111", "2026-11-24T06:33:20Z")
IPAM = "/calico/ipam/v2"


def resource(kind: str, name: str, **spec: Any) -> resources.Resource:
    return kinds.by_name(kind).decode({"metadata": {"name": name}, "spec": spec}, strict=True)


def present(fake: FakeStore, kind: str, name: str, **spec: Any) -> reconcile.Outcome:
    return reconcile.converge(
        fake, kinds.KeyParts(kinds.by_name(kind), name, None), resource(kind, name, **spec), MARKS
    )


def absent(fake: FakeStore, kind: str, name: str) -> reconcile.Outcome:
    return reconcile.converge(fake, kinds.KeyParts(kinds.by_name(kind), name, None), None, MARKS)


def block(fake: FakeStore, cidr: str, node: str | None, used: int = 0, size: int = 64) -> str:
    """A block with its affinity; returns its key."""
    family = "ipv6" if ":" in cidr else "ipv4"
    tail = f"{family}/block/{cidr.replace('/', '-')}"
    slots = [0] * used + [None] * (size - used)
    affinity = None if node is None else f"host:{node}"
    fake.put(f"{IPAM}/assignment/{tail}", {"cidr": cidr, "affinity": affinity, "allocations": slots})
    if node is not None:
        fake.put(f"{IPAM}/host/{node}/{tail}", {"state": "confirmed", "deleted": False})
    return f"{IPAM}/assignment/{tail}"


def problems(caught: pytest.ExceptionInfo[errors.Invalid]) -> list[str]:
    return [problem.field for problem in caught.value.problems]


@pytest.fixture
def fake() -> FakeStore:
    made = FakeStore()
    bootstrap.bootstrap(made, timestamp=MARKS.timestamp, new_uid=lambda: MARKS.uid)
    return made


class TestPools:
    def test_the_range_never_changes(self, fake: FakeStore) -> None:
        present(fake, "IPPool", "v4", cidr="10.65.0.0/16")
        with pytest.raises(errors.Invalid) as caught:
            present(fake, "IPPool", "v4", cidr="10.66.0.0/16", blockSize=28)
        assert problems(caught) == ["spec.cidr", "spec.blockSize"]

    def test_overlaps_are_refused_one_and_all(self, fake: FakeStore) -> None:
        present(fake, "IPPool", "one", cidr="10.65.0.0/17")
        present(fake, "IPPool", "two", cidr="10.65.128.0/17")
        present(fake, "IPPool", "six", cidr="fd65::/48")
        with pytest.raises(errors.Invalid, match=r"overlaps pool one .*overlaps pool two"):
            present(fake, "IPPool", "three", cidr="10.65.0.0/16")

    def test_a_pool_that_another_writer_makes_meanwhile_counts(self, fake: FakeStore) -> None:
        other = resource("IPPool", "other", cidr="10.65.0.0/17")
        fake.before_commit.append(lambda: fake.put(other.key, other.encode()))
        with pytest.raises(errors.Invalid, match="overlaps pool other"):
            present(fake, "IPPool", "v4", cidr="10.65.0.0/16")

    def test_pools_that_cannot_be_read_are_passed_over(self, fake: FakeStore) -> None:
        fake.put(resource("IPPool", "broken", cidr="10.65.0.0/16").key, b"{")
        assert present(fake, "IPPool", "v4", cidr="10.65.0.0/16").changed

    def test_blocks_of_another_size_are_in_the_way(self, fake: FakeStore) -> None:
        block(fake, "10.65.0.0/26", "host1", used=1)
        with pytest.raises(errors.Invalid, match=r"block 10\.65\.0\.0/26 exists already"):
            present(fake, "IPPool", "v4", cidr="10.65.0.0/16", blockSize=28)
        assert present(fake, "IPPool", "v4", cidr="10.65.0.0/16").changed

    def test_assigned_addresses_keep_a_pool(self, fake: FakeStore) -> None:
        present(fake, "IPPool", "v4", cidr="10.65.0.0/16")
        block(fake, "10.65.0.0/26", "host1", used=2)
        block(fake, "10.65.0.64/26", "host2", used=1)
        before = fake.documents()
        with pytest.raises(errors.Invalid, match="3 of its addresses are assigned"):
            absent(fake, "IPPool", "v4")
        assert fake.documents() == before

    def test_empty_blocks_and_affinities_go_with_a_pool(self, fake: FakeStore) -> None:
        present(fake, "IPPool", "v4", cidr="10.65.0.0/16")
        block(fake, "10.65.0.0/26", "host1")
        block(fake, "10.65.0.64/26", None)
        fake.put(f"{IPAM}/host/host3/ipv4/block/10.65.9.0-26", {"state": "pending", "deleted": False})  # without block
        others = [block(fake, "10.66.0.0/26", "host1", used=1), block(fake, "fd65::/122", "host1", used=1)]
        absent(fake, "IPPool", "v4")
        left = [key for key in fake.documents() if key.startswith(IPAM)]
        assert [key for key in left if "/assignment/" in key] == sorted(others)
        assert len(left) == 4

    def test_an_address_that_is_assigned_meanwhile_keeps_the_pool(self, fake: FakeStore) -> None:
        present(fake, "IPPool", "v4", cidr="10.65.0.0/16")
        fake.before_commit.append(lambda: block(fake, "10.65.0.0/26", "host1", used=1))
        with pytest.raises(errors.Invalid, match="1 of its addresses"):
            absent(fake, "IPPool", "v4")

    def test_a_block_that_cannot_be_read_counts_as_full(self, fake: FakeStore) -> None:
        present(fake, "IPPool", "v4", cidr="10.65.0.0/16")
        fake.put(f"{IPAM}/assignment/ipv4/block/10.65.0.0-26", b"{")
        with pytest.raises(errors.Invalid, match="64 of its addresses"):
            absent(fake, "IPPool", "v4")

    def test_more_blocks_than_a_transaction_holds(self, fake: FakeStore) -> None:
        present(fake, "IPPool", "v4", cidr="10.65.0.0/16")
        for number in range(130):
            block(fake, f"10.65.{number}.0/26", "host1")
        assert absent(fake, "IPPool", "v4").changed
        assert not [key for key in fake.documents() if key.startswith(IPAM)]


class TestNodes:
    def test_an_address_belongs_to_one_node(self, fake: FakeStore) -> None:
        bgp = {"ipv4Address": "10.0.0.1/24", "ipv6Address": "fd00::1/64"}
        present(fake, "Node", "host1", bgp=bgp)
        with pytest.raises(errors.Invalid) as caught:
            present(fake, "Node", "host2", bgp=bgp)
        assert problems(caught) == ["spec.bgp.ipv4Address", "spec.bgp.ipv6Address"]
        assert "is the address of node host1" in str(caught.value)

    def test_a_node_that_registers_meanwhile_counts(self, fake: FakeStore) -> None:
        other = resource("Node", "host2", bgp={"ipv4Address": "10.0.0.1/24"})
        fake.before_commit.append(lambda: fake.put(other.key, other.encode()))
        with pytest.raises(errors.Invalid, match="is the address of node host2"):
            present(fake, "Node", "host1", bgp={"ipv4Address": "10.0.0.1/24"})

    def test_nodes_without_addresses_do_not_collide(self, fake: FakeStore) -> None:
        present(fake, "Node", "host1")
        assert present(fake, "Node", "host2", bgp={"ipv4Address": "10.0.0.1/24"}).changed
        assert present(fake, "Node", "host3").changed

    def test_containers_keep_their_node(self, fake: FakeStore) -> None:
        present(fake, "Node", "host1")
        block(fake, "10.65.0.0/26", "host1", used=2)
        endpoint = workload_endpoints.for_container(
            node="host1", endpoint="e" * 64, interface="cali0", mac="ee:ee:ee:ee:ee:ee", addresses=(), profiles=()
        )
        fake.put(endpoint.key, endpoint.encode())
        with pytest.raises(errors.Invalid, match=r"1 endpoints of the node exist.*2 of its addresses are assigned"):
            absent(fake, "Node", "host1")

    def test_empty_blocks_and_affinities_go_with_a_node(self, fake: FakeStore) -> None:
        present(fake, "Node", "host1")
        block(fake, "10.65.0.0/26", "host1")
        other = block(fake, "10.65.0.64/26", "host10", used=1)
        absent(fake, "Node", "host1")
        assert [key for key in fake.documents() if "/assignment/" in key] == [other]
        assert [key for key in fake.documents() if "/host/" in key] == [f"{IPAM}/host/host10/ipv4/block/10.65.0.64-26"]


class TestTiersAndPolicies:
    def test_a_policy_needs_its_tier(self, fake: FakeStore) -> None:
        with pytest.raises(errors.Invalid, match=r"spec\.tier: 'security' .*no such Tier"):
            present(fake, "GlobalNetworkPolicy", "web", tier="security")

    def test_a_tier_that_goes_meanwhile_is_missed(self, fake: FakeStore) -> None:
        present(fake, "Tier", "security", order=100)
        fake.before_commit.append(lambda: fake.delete(resource("Tier", "security").key))
        with pytest.raises(errors.Invalid, match="no such Tier"):
            present(fake, "GlobalNetworkPolicy", "web", tier="security")

    def test_a_tier_with_policies_stays(self, fake: FakeStore) -> None:
        present(fake, "Tier", "security", order=100)
        present(fake, "GlobalNetworkPolicy", "web", tier="security")
        present(fake, "GlobalNetworkPolicy", "dns", tier="security")
        with pytest.raises(errors.Invalid, match="used by GlobalNetworkPolicy dns, GlobalNetworkPolicy web"):
            absent(fake, "Tier", "security")

    @pytest.mark.parametrize("kind", [kind.KIND for kind in policies.KINDS])
    @pytest.mark.parametrize("valid", [True, False], ids=["valid", "invalid"])
    def test_a_tier_with_a_policy_of_any_kind_stays(self, fake: FakeStore, kind: str, valid: bool) -> None:
        present(fake, "Tier", "security", order=100)
        cls = kinds.by_name(kind)
        namespace = "shop" if cls.NAMESPACED else None
        key = resources.key_of(cls, "web", namespace)
        fake.put(
            key,
            {"kind": kind, "metadata": {"name": "web"}, "spec": {"tier": "security", "order": 1 if valid else "first"}},
        )
        with pytest.raises(errors.Invalid, match=f"used by {kind} {'shop/' if namespace else ''}web"):
            absent(fake, "Tier", "security")

    def test_what_is_no_policy_at_all_keeps_no_tier(self, fake: FakeStore) -> None:
        present(fake, "Tier", "security", order=100)
        fake.put(resources.key_of(policies.GlobalNetworkPolicy, "web"), {"spec": None})
        assert absent(fake, "Tier", "security").changed

    def test_a_policy_that_comes_meanwhile_keeps_its_tier(self, fake: FakeStore) -> None:
        present(fake, "Tier", "security", order=100)
        key = resources.key_of(policies.NetworkPolicy, "web", "shop")
        fake.before_commit.append(lambda: fake.put(key, {"spec": {"tier": "security"}}))
        with pytest.raises(errors.Invalid, match="used by NetworkPolicy shop/web"):
            absent(fake, "Tier", "security")

    def test_a_tier_without_policies_goes(self, fake: FakeStore) -> None:
        present(fake, "Tier", "security", order=100)
        present(fake, "GlobalNetworkPolicy", "web")
        assert absent(fake, "Tier", "security").changed

    @pytest.mark.parametrize("name", ["default", "kube-admin", "kube-baseline"])
    def test_the_tiers_of_every_cluster_stay(self, fake: FakeStore, name: str) -> None:
        with pytest.raises(errors.Invalid, match="every cluster has this tier"):
            absent(fake, "Tier", name)

    def test_a_policy_goes_whatever_became_of_its_tier(self, fake: FakeStore) -> None:
        present(fake, "GlobalNetworkPolicy", "web")
        fake.delete(resource("Tier", "default", order=1000000).key)
        assert absent(fake, "GlobalNetworkPolicy", "web").changed


class TestPeersAndFilters:
    def test_a_peer_needs_its_filters(self, fake: FakeStore) -> None:
        present(fake, "BGPFilter", "known", importV4=[{"action": "Reject"}])
        with pytest.raises(errors.Invalid) as caught:
            present(fake, "BGPPeer", "tor", peerIP="10.0.0.1", asNumber=64512, filters=["known", "unknown"])
        assert problems(caught) == ["spec.filters[1]"]

    def test_a_filter_that_goes_meanwhile_is_missed(self, fake: FakeStore) -> None:
        present(fake, "BGPFilter", "known")
        fake.before_commit.append(lambda: fake.delete(resource("BGPFilter", "known").key))
        with pytest.raises(errors.Invalid, match="no such BGPFilter"):
            present(fake, "BGPPeer", "tor", peerIP="10.0.0.1", asNumber=64512, filters=["known"])

    def test_a_filter_in_use_stays(self, fake: FakeStore) -> None:
        present(fake, "BGPFilter", "known")
        present(fake, "BGPPeer", "tor", peerIP="10.0.0.1", asNumber=64512, filters=["known"])
        with pytest.raises(errors.Invalid, match="used by BGPPeers tor"):
            absent(fake, "BGPFilter", "known")
        absent(fake, "BGPPeer", "tor")
        assert absent(fake, "BGPFilter", "known").changed


def test_with_a_node_goes_what_is_about_it_alone(fake: FakeStore) -> None:
    for name in ("host1", "host2"):
        present(fake, "Node", name)
        present(fake, "BGPPeer", f"tor-{name}", node=name, peerIP="10.0.0.1", asNumber=64512)
        present(fake, "HostEndpoint", f"{name}-eth0", node=name, interfaceName="eth0")
        present(fake, "BGPConfiguration", f"node.{name}", listenPort=1790)
        present(fake, "FelixConfiguration", f"node.{name}", vxlanPort=1)
    before = set(fake.documents())
    absent(fake, "Node", "host1")
    gone = {key.rpartition("/")[2] for key in before - set(fake.documents())}
    assert gone == {"host1", "tor-host1", "host1-eth0", "node.host1"}
    assert len(before) - len(fake.documents()) == 5
