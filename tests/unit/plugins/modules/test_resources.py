"""Each module of a resource writes what its options say, once, and removes it; bad input ends it before a write."""

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.reconcile import bootstrap
from ansible_collections.calico.docker.plugins.modules import (
    bgp_filter,
    bgp_peer,
    host_endpoint,
    ip_pool,
    ip_reservation,
    ipam_configuration,
    network_policy,
    network_set,
    node,
    policy,
    profile,
)
from tests.fakes.store import FakeStore

from . import cases
from .conftest import RunModule

ROOT = "/calico/resources/v3/projectcalico.org"


@pytest.fixture
def fake() -> FakeStore:
    made = FakeStore()
    bootstrap.bootstrap(made, timestamp="t", new_uid=lambda: "00000000-0000-4000-8000-000000000000")
    for plural in ("bgpconfigurations", "ipamconfigurations"):
        made.delete(f"{ROOT}/{plural}/default")
    return made


@pytest.mark.parametrize(("main", "key", "options", "spec"), cases.CASES)
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
            {"name": "tor", "peer_ip": "10.0.0.254", "as_number": 64601, "bfd_interval": "5ms", "bfd_multiplier": 1},
            ["metadata.annotations.calico.docker/bfd-interval", "metadata.annotations.calico.docker/bfd-multiplier"],
            id="annotations",
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
        pytest.param(
            network_policy.main,
            {"name": "web", "namespace": "Blue", "ingress": [{"action": "Allow", "source": {"nets": ["10.0.0.1"]}}]},
            ["metadata.namespace", "spec.ingress[0].source.nets[0]"],
            id="a network policy with a bad namespace and no network",
        ),
        pytest.param(
            host_endpoint.main,
            {
                "name": "uplink",
                "node": "host1",
                "expected_ips": ["10.0.0.1/24"],
                "ports": [{"name": "1", "protocol": "ICMP", "port": 0}],
            },
            ["spec.expectedIPs[0]", "spec.ports[0].name", "spec.ports[0].port"],
            id="a host endpoint with bad addresses and ports",
        ),
        pytest.param(
            ip_reservation.main,
            {"name": "servers", "reserved_cidrs": ["10.65.0.1", "10.65.0.0/33"]},
            ["spec.reservedCIDRs[0]", "spec.reservedCIDRs[1]"],
            id="a reservation of what is no CIDR",
        ),
        pytest.param(
            ipam_configuration.main,
            {"name": "other", "max_blocks_per_host": -1},
            ["spec.maxBlocksPerHost"],
            id="fewer than no blocks",
        ),
        pytest.param(ipam_configuration.main, {"name": "other"}, ["metadata.name"], id="a second IPAMConfiguration"),
        pytest.param(
            bgp_filter.main,
            {"name": "fabric", "import_v4": [{"action": "Reject", "cidr": "fd65::/48", "match_operator": "In"}]},
            ["spec.importV4[0].cidr"],
            id="a filter of another family",
        ),
        pytest.param(
            ip_pool.main,
            {"name": "v4", "cidr": "10.65.0.0/16", "mtu": 1279},
            ["metadata.annotations[calico.docker/mtu]"],
            id="a pool with an MTU without IPv6",
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


def test_the_mtu_of_a_pool_goes_when_it_is_not_given_and_other_annotations_stay(
    fake: FakeStore, run_module: RunModule
) -> None:
    pool = {"name": "v4", "cidr": "10.65.0.0/16"}
    key = f"{ROOT}/ippools/v4"
    run_module(ip_pool.main, **pool, mtu=1400)
    document: Any = fake.documents()[key]
    assert document["metadata"]["annotations"] == {"calico.docker/mtu": "1400"}
    document["metadata"]["annotations"]["kept"] = "yes"
    fake.put(key, document)
    assert not run_module(ip_pool.main, **pool, mtu=1400)["changed"]
    assert run_module(ip_pool.main, **pool)["changed"]
    document = fake.documents()[key]
    assert document["metadata"]["annotations"] == {"kept": "yes"}


def test_what_calico_has_no_field_for_is_an_annotation_and_goes_when_it_is_not_given(
    fake: FakeStore, run_module: RunModule
) -> None:
    peer = {"name": "tor", "peer_ip": "10.0.0.254", "as_number": 64601}
    key = f"{ROOT}/bgppeers/tor"
    extras = {"bfd_interval": "300ms", "bfd_multiplier": 5, "long_lived_stale_time": "1h", "import_limit": 1000}
    run_module(bgp_peer.main, **peer, **extras)
    document: Any = fake.documents()[key]
    assert document["metadata"]["annotations"] == {
        "calico.docker/bfd-interval": "300ms",
        "calico.docker/bfd-multiplier": "5",
        "calico.docker/long-lived-stale-time": "1h",
        "calico.docker/import-limit": "1000",
    }
    document["metadata"]["annotations"]["kept"] = "yes"
    fake.put(key, document)
    assert not run_module(bgp_peer.main, **peer, **extras)["changed"]
    assert run_module(bgp_peer.main, **peer)["changed"]
    document = fake.documents()[key]
    assert document["metadata"]["annotations"] == {"kept": "yes"}


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


def test_a_filter_that_a_peer_names_stays(run_module: RunModule) -> None:
    run_module(bgp_filter.main, name="fabric", import_v4=[{"action": "Reject"}])
    run_module(bgp_peer.main, name="tor", peer_ip="10.0.0.254", as_number=64601, filters=["fabric"])
    answer = run_module(bgp_filter.main, name="fabric", state="absent")
    assert "used by BGPPeers tor" in answer["msg"]


@pytest.mark.parametrize(
    ("main", "missing"),
    [
        pytest.param(host_endpoint.main, "node", id="host_endpoint"),
        pytest.param(ip_reservation.main, "reserved_cidrs", id="ip_reservation"),
    ],
)
def test_what_a_resource_is_nothing_without_is_required(
    main: Callable[..., None], missing: str, run_module: RunModule
) -> None:
    assert missing in run_module(main, name="x")["msg"]
