"""Each module of a resource writes what its options say, once, and removes it; bad input ends it before a write."""

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.reconcile import bootstrap
from ansible_collections.calico.docker.plugins.modules import (
    bgp_configuration,
    bgp_peer,
    felix_configuration,
    ip_pool,
    network_set,
    node,
    policy,
    profile,
    tier,
)
from tests.fakes.store import FakeStore

from .conftest import RunModule

ROOT = "/calico/resources/v3/projectcalico.org"
RULE = {
    "action": "Allow",
    "ip_version": 4,
    "protocol": "ICMP",
    "not_protocol": "UDP",
    "icmp": {"type": 8, "code": 0},
    "source": {"selector": "has(a)", "not_nets": ["10.0.0.0/8"], "service_accounts": {"names": ["x"]}},
    "destination": {"namespace_selector": "global()"},
}
STORED_RULE = {
    "action": "Allow",
    "ipVersion": 4,
    "protocol": "ICMP",
    "notProtocol": "UDP",
    "icmp": {"type": 8, "code": 0},
    "source": {"selector": "has(a)", "serviceAccounts": {"names": ["x"]}, "notNets": ["10.0.0.0/8"]},
    "destination": {"namespaceSelector": "global()"},
}

CASES = [
    pytest.param(
        ip_pool.main,
        "ippools/v4",
        {"name": "v4", "cidr": "10.65.0.0/16", "block_size": 28, "nat_outgoing": True, "disable_bgp_export": True},
        {"blockSize": 28, "natOutgoing": True, "disableBGPExport": True, "cidr": "10.65.0.0/16"},
        id="ip_pool",
    ),
    pytest.param(
        profile.main,
        "profiles/web",
        {"name": "web", "labels_to_apply": {"under_score": "kept_too"}, "ingress": [RULE], "egress": []},
        {"ingress": [STORED_RULE], "labelsToApply": {"under_score": "kept_too"}},
        id="profile",
    ),
    pytest.param(
        policy.main,
        "globalnetworkpolicies/web",
        {"name": "web", "order": 1.5, "selector": "has(web)", "types": ["Egress"], "egress": [RULE]},
        {"tier": "default", "order": 1.5, "selector": "has(web)", "types": ["Egress"], "egress": [STORED_RULE]},
        id="policy",
    ),
    pytest.param(
        tier.main,
        "tiers/security",
        {"name": "security", "order": 100, "default_action": "Pass"},
        {"order": 100, "defaultAction": "Pass"},
        id="tier",
    ),
    pytest.param(
        network_set.main,
        "globalnetworksets/office",
        {"name": "office", "nets": ["198.51.100.0/24", "2001:db8:17::1/48"]},
        {"nets": ["198.51.100.0/24", "2001:db8:17::/48"]},
        id="network_set",
    ),
    pytest.param(
        bgp_peer.main,
        "bgppeers/tor",
        {"name": "tor", "peer_ip": "[fd00::1]:1790", "as_number": "1.10", "node_selector": "rack == '1'"},
        {"nodeSelector": "rack == '1'", "peerIP": "[fd00::1]:1790", "asNumber": 65546},
        id="bgp_peer",
    ),
    pytest.param(
        bgp_configuration.main,
        "bgpconfigurations/default",
        {
            "as_number": 64600,
            "node_to_node_mesh_enabled": False,
            "communities": [{"name": "a", "value": "1:2"}],
            "prefix_advertisements": [{"cidr": "10.65.0.0/16", "communities": ["a"]}],
        },
        {
            "nodeToNodeMeshEnabled": False,
            "asNumber": 64600,
            "communities": [{"name": "a", "value": "1:2"}],
            "prefixAdvertisements": [{"cidr": "10.65.0.0/16", "communities": ["a"]}],
        },
        id="bgp_configuration",
    ),
    pytest.param(
        felix_configuration.main,
        "felixconfigurations/node.host1",
        {
            "name": "node.host1",
            "default_endpoint_to_host_action": "Accept",
            "failsafe_inbound_host_ports": [{"port": 22, "net": "10.0.0.0/8"}],
            "failsafe_outbound_host_ports": [],
            "nat_port_range": "32768:65535",
        },
        {
            "defaultEndpointToHostAction": "Accept",
            "failsafeInboundHostPorts": [{"protocol": "TCP", "port": 22, "net": "10.0.0.0/8"}],
            "failsafeOutboundHostPorts": [],
            "natPortRange": "32768:65535",
        },
        id="felix_configuration",
    ),
    pytest.param(
        node.main,
        "nodes/host1",
        {"name": "host1", "ipv4_address": "10.0.0.1/24", "as_number": 64601, "route_reflector_cluster_id": "1.0.0.1"},
        {"bgp": {"asNumber": 64601, "ipv4Address": "10.0.0.1/24", "routeReflectorClusterID": "1.0.0.1"}},
        id="node",
    ),
]


@pytest.fixture
def fake() -> FakeStore:
    made = FakeStore()
    bootstrap.bootstrap(made, timestamp="t", new_uid=lambda: "00000000-0000-4000-8000-000000000000")
    made.delete(f"{ROOT}/bgpconfigurations/default")
    return made


@pytest.mark.parametrize(("main", "key", "options", "spec"), CASES)
def test_a_resource_comes_and_goes(
    main: Callable[..., None],
    key: str,
    options: dict[str, Any],
    spec: dict[str, Any],
    fake: FakeStore,
    run_module: RunModule,
) -> None:
    checked = run_module(main, check_mode=True, **options)
    assert f"{ROOT}/{key}" not in fake.documents()
    first = run_module(main, **options)
    assert first == checked
    assert first["changed"]
    assert first["diff"] == {"before": {}, "after": first["resource"]}
    document: Any = fake.documents()[f"{ROOT}/{key}"]
    assert spec.items() <= document["spec"].items()
    assert document["metadata"]["uid"]
    second = run_module(main, **options)
    assert not second["changed"]
    assert second["resource"] == first["resource"]
    name = key.rpartition("/")[2]
    assert run_module(main, name=name, state="absent")["changed"]
    assert not run_module(main, name=name, state="absent")["changed"]
    assert f"{ROOT}/{key}" not in fake.documents()


@pytest.mark.parametrize(
    ("main", "options", "fields"),
    [
        pytest.param(
            ip_pool.main,
            {"name": "Upper", "cidr": "10.65.0.1/16", "node_selector": "rack = 1"},
            ["metadata.name", "spec.cidr", "spec.nodeSelector"],
            id="a pool with three mistakes",
        ),
        pytest.param(
            policy.main,
            {
                "name": "web",
                "ingress": [
                    {"action": "Allow", "protocol": "TCP", "destination": {"ports": [0, 80, "9:8"]}},
                    {"action": "Deny", "source": {"selector": "a in {", "nets": ["10.0.0.1"]}},
                ],
            },
            [
                "spec.ingress[0].destination.ports[0]",
                "spec.ingress[0].destination.ports[2]",
                "spec.ingress[1].source.selector",
                "spec.ingress[1].source.nets[0]",
            ],
            id="a policy with bad rules",
        ),
        pytest.param(
            bgp_peer.main,
            {"name": "tor", "peer_ip": "10.0.0.1", "as_number": 1.1},
            ["spec.asNumber"],
            id="an AS number that YAML took for a fraction",
        ),
        pytest.param(profile.main, {"name": "web", "labels": {"a": 1}}, ["metadata.labels.a"], id="a label no text"),
        pytest.param(
            node.main, {"name": "host1", "ipv4_address": "fd00::1/64"}, ["spec.bgp.ipv4Address"], id="another family"
        ),
        pytest.param(
            network_set.main,
            {"name": "office", "namespace": "Blue", "nets": ["198.51.100.0/33"]},
            ["metadata.namespace", "spec.nets[0]"],
            id="a set with a bad namespace and no network",
        ),
        pytest.param(ip_pool.main, {"name": "a/b", "state": "absent"}, ["metadata.name"], id="no name to remove"),
        pytest.param(
            ip_pool.main,
            {"name": "v4", "cidr": "10.65.0.0/16", "etcd_endpoints": ["nonsense"], "etcd_timeout": -1},
            ["etcd_endpoints[0]", "etcd_timeout"],
            id="no way to etcd",
        ),
    ],
)
def test_bad_input_is_refused_whole(
    main: Callable[..., None], options: dict[str, Any], fields: list[str], fake: FakeStore, run_module: RunModule
) -> None:
    before = fake.documents()
    answer = run_module(main, **options)
    assert [problem["field"] for problem in answer["problems"]] == fields
    assert all(field in answer["msg"] for field in fields)
    assert fake.documents() == before


def test_another_host_of_the_name_is_refused_unless_told(fake: FakeStore, run_module: RunModule) -> None:
    run_module(node.main, name="host1", ipv4_address="10.0.0.1/24", labels={"rack": "1"})
    answer = run_module(node.main, name="host1", ipv4_address="10.0.0.2/24")
    assert "another machine has that name" in answer["msg"]
    assert run_module(node.main, name="host1", ipv4_address="10.0.0.2/24", readdress=True)["changed"]
    document: Any = fake.documents()[f"{ROOT}/nodes/host1"]
    assert document["metadata"]["labels"] == {"rack": "1"}


def test_labels_that_are_not_given_stay(fake: FakeStore, run_module: RunModule) -> None:
    pool = {"name": "v4", "cidr": "10.65.0.0/16"}
    run_module(ip_pool.main, **pool, labels={"kept": "yes"})
    assert not run_module(ip_pool.main, **pool)["changed"]
    assert run_module(ip_pool.main, **pool, labels={})["changed"]
    document: Any = fake.documents()[f"{ROOT}/ippools/v4"]
    assert "labels" not in document["metadata"]


def test_a_store_that_does_not_answer_ends_the_module(fake: FakeStore, run_module: RunModule) -> None:
    fake.fail(1, store.Unavailable("etcd does not answer within 5 s"))
    answer = run_module(profile.main, name="web")
    assert answer["failed"]
    assert answer["msg"] == "etcd does not answer within 5 s"


def test_a_password_is_not_repeated(run_module: RunModule) -> None:
    answer = run_module(profile.main, name="web", etcd_username="calico", etcd_password="x-secret-x")
    assert "x-secret-x" not in str(answer)


def test_a_network_set_with_a_namespace_is_another_one(fake: FakeStore, run_module: RunModule) -> None:
    for namespace in ({}, {"namespace": "blue"}):
        assert run_module(network_set.main, name="office", nets=["198.51.100.0/24"], **namespace)["changed"]
        assert not run_module(network_set.main, name="office", nets=["198.51.100.0/24"], **namespace)["changed"]
    assert run_module(network_set.main, name="office", state="absent")["changed"]
    left = [key.removeprefix(ROOT) for key in fake.documents() if "networksets" in key]
    assert left == ["/networksets/blue/office"]
