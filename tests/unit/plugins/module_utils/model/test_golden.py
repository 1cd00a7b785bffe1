"""JSON as upstream's clients store it is read and written again without loss."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import kinds

MARKS = {"uid": "6f0f0a1c-0000-4000-8000-000000000000", "creationTimestamp": "2026-08-22T06:33:20Z"}


def document(kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "apiVersion": "projectcalico.org/v3",
        "metadata": {"name": name, **MARKS, **metadata},
        "spec": spec,
    }


DOCUMENTS = {
    "ippools/p1": document(
        "IPPool",
        "p1",
        {
            "cidr": "10.65.0.0/16",
            "blockSize": 26,
            "ipipMode": "Never",
            "vxlanMode": "Never",
            "natOutgoing": True,
            "nodeSelector": "all()",
            "allowedUses": ["Workload", "Tunnel"],
            "assignmentMode": "Automatic",
        },
    ),
    "nodes/n1": document(
        "Node",
        "n1",
        {
            "bgp": {
                "asNumber": 64512,
                "ipv4Address": "172.31.1.11/24",
                "ipv6Address": "fd31:0:0:1::11/64",
                "ipv4IPIPTunnelAddr": "10.65.0.1",
                "routeReflectorClusterID": "1.0.0.1",
            },
            "ipv4VXLANTunnelAddr": "10.65.0.2",
            "orchRefs": [{"nodeName": "n1", "orchestrator": "k8s"}],
            "addresses": [{"address": "172.31.1.11/24", "type": "CalicoNodeIP"}],
        },
        labels={"rack": "1"},
    ),
    "profiles/frontend": document(
        "Profile",
        "frontend",
        {
            "ingress": [
                {"action": "Allow", "source": {"selector": 'calico.docker/network == "frontend"'}, "destination": {}}
            ],
            "egress": [{"action": "Allow", "source": {}, "destination": {}}],
            "labelsToApply": {"calico.docker/network": "frontend"},
        },
    ),
    "globalnetworkpolicies/web": document(
        "GlobalNetworkPolicy",
        "web",
        {
            "tier": "default",
            "order": 100.5,
            "selector": "has(web)",
            "types": ["Ingress", "Egress"],
            "ingress": [
                {
                    "action": "Allow",
                    "ipVersion": 4,
                    "protocol": "TCP",
                    "source": {"nets": ["10.0.0.0/8"], "notSelector": "has(db)"},
                    "destination": {"ports": [80, "8000:8100", "http"]},
                },
                {
                    "action": "Log",
                    "protocol": 47,
                    "source": {},
                    "destination": {},
                    "metadata": {"annotations": {"a": "b"}},
                },
                {
                    "action": "Deny",
                    "protocol": "ICMP",
                    "icmp": {"type": 8, "code": 0},
                    "notICMP": {"type": 3},
                    "source": {},
                    "destination": {},
                },
            ],
            "egress": [
                {
                    "action": "Pass",
                    "source": {"serviceAccounts": {"names": ["x"], "selector": "a == 'b'"}},
                    "destination": {},
                }
            ],
        },
        labels={"projectcalico.org/tier": "default"},
        annotations={"projectcalico.org/metadata": '{"name":"web"}'},
    ),
    "tiers/default": document("Tier", "default", {"order": 1000000, "defaultAction": "Deny"}),
    "clusterinformations/default": document(
        "ClusterInformation", "default", {"clusterGUID": "0" * 32, "clusterType": "docker", "datastoreReady": True}
    ),
    "felixconfigurations/default": document(
        "FelixConfiguration", "default", {"reportingInterval": "0s", "logSeverityScreen": "Info"}
    ),
    "bgpconfigurations/default": document(
        "BGPConfiguration",
        "default",
        {
            "nodeToNodeMeshEnabled": False,
            "asNumber": 64600,
            "listenPort": 1790,
            "communities": [{"name": "a", "value": "1:2"}],
            "prefixAdvertisements": [{"cidr": "10.65.0.0/16", "communities": ["a"]}],
        },
    ),
    "bgppeers/tor": document(
        "BGPPeer", "tor", {"nodeSelector": "rack == '1'", "peerIP": "172.31.1.1", "asNumber": 4200000000}
    ),
    "workloadendpoints/libnetwork/n--1-libnetwork-libnetwork-e1": document(
        "WorkloadEndpoint",
        "n--1-libnetwork-libnetwork-e1",
        {
            "orchestrator": "libnetwork",
            "node": "n-1",
            "workload": "libnetwork",
            "endpoint": "e1",
            "ipNetworks": ["10.65.0.1/32", "fd65::1/128"],
            "profiles": ["frontend"],
            "interfaceName": "calie1",
            "mac": "ee:ee:ee:ee:ee:ee",
            "ports": [{"name": "http", "protocol": "TCP", "port": 80}],
        },
        namespace="libnetwork",
        labels={"projectcalico.org/namespace": "libnetwork", "projectcalico.org/orchestrator": "libnetwork"},
    ),
}


@pytest.mark.parametrize(("key", "stored"), DOCUMENTS.items(), ids=DOCUMENTS)
def test_what_upstream_stores_stays_as_it_is(key: str, stored: dict[str, Any]) -> None:
    resource = kinds.decode(stored, strict=True)
    assert resource.encode() == stored
    assert resource.key == f"/calico/resources/v3/projectcalico.org/{key}"


@pytest.mark.parametrize("stored", DOCUMENTS.values(), ids=DOCUMENTS)
def test_fields_of_tomorrow_survive_at_every_level(stored: dict[str, Any]) -> None:
    extended = {
        **stored,
        "status": {"x": 1},
        "metadata": {**stored["metadata"], "generation": 2},
        "spec": {**stored["spec"], "ofTomorrow": [1]},
    }
    assert kinds.decode(extended).encode(extended) == extended


@pytest.mark.parametrize("stored", DOCUMENTS.values(), ids=DOCUMENTS)
def test_the_key_tells_kind_and_name(stored: dict[str, Any]) -> None:
    resource = kinds.decode(stored)
    parts = kinds.parse_key(resource.key)
    assert parts == kinds.KeyParts(type(resource), resource.name, resource.metadata.namespace)


def test_a_resource_version_is_never_stored() -> None:
    stored = DOCUMENTS["tiers/default"]
    read = {**stored, "metadata": {**stored["metadata"], "resourceVersion": "7"}}
    assert kinds.decode(read, strict=True).encode(read) == stored
