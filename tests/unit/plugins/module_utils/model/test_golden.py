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
    "globalnetworkpolicies/untracked": document(
        "GlobalNetworkPolicy",
        "untracked",
        {
            "tier": "security",
            "selector": "has(host)",
            "namespaceSelector": "has(x)",
            "serviceAccountSelector": "has(y)",
            "types": ["Ingress"],
            "ingress": [{"action": "Allow", "protocol": "UDP", "source": {}, "destination": {"ports": [53]}}],
            "doNotTrack": True,
            "applyOnForward": True,
            "performanceHints": ["AssumeNeededOnEveryNode"],
        },
        labels={"projectcalico.org/tier": "security"},
        annotations={"projectcalico.org/metadata": '{"name":"untracked"}'},
    ),
    "networkpolicies/shop/db": document(
        "NetworkPolicy",
        "db",
        {
            "tier": "default",
            "order": 10,
            "selector": "role == 'db'",
            "serviceAccountSelector": "team == 'a'",
            "types": ["Ingress"],
            "ingress": [
                {
                    "action": "Allow",
                    "source": {"namespaceSelector": "global()", "notNets": ["10.0.0.0/8"]},
                    "destination": {"notPorts": ["ssh"]},
                },
                {
                    "action": "Allow",
                    "source": {"services": {"name": "web", "namespace": "shop"}},
                    "destination": {},
                },
            ],
        },
        namespace="shop",
        labels={"projectcalico.org/tier": "default"},
        annotations={"projectcalico.org/metadata": '{"name":"db"}'},
    ),
    "stagedglobalnetworkpolicies/web": document(
        "StagedGlobalNetworkPolicy",
        "web",
        {"stagedAction": "Set", "tier": "default", "selector": "has(web)", "types": ["Egress"]},
        labels={"projectcalico.org/tier": "default"},
        annotations={"projectcalico.org/metadata": '{"name":"web"}'},
    ),
    "stagednetworkpolicies/shop/gone": document(
        "StagedNetworkPolicy",
        "gone",
        {"stagedAction": "Delete", "tier": "default"},
        namespace="shop",
        labels={"projectcalico.org/tier": "default"},
        annotations={"projectcalico.org/metadata": '{"name":"gone"}'},
    ),
    "globalnetworksets/internet": document(
        "GlobalNetworkSet", "internet", {"nets": ["198.51.100.0/24", "2001:db8::/32"]}, labels={"outside": ""}
    ),
    "networksets/shop/office": document(
        "NetworkSet", "office", {"nets": ["203.0.113.7/32"]}, namespace="shop", labels={"role": "office"}
    ),
    "hostendpoints/host1-eth0": document(
        "HostEndpoint",
        "host1-eth0",
        {
            "node": "host1",
            "interfaceName": "eth0",
            "expectedIPs": ["172.31.1.11", "fd31:0:0:1::11"],
            "profiles": ["hosts"],
            "ports": [{"name": "ssh", "protocol": "TCP", "port": 22}],
        },
        labels={"host": "host1"},
    ),
    "ipreservations/gateways": document("IPReservation", "gateways", {"reservedCIDRs": ["10.65.0.1/32"]}),
    "ipamconfigurations/default": document(
        "IPAMConfiguration",
        "default",
        {
            "strictAffinity": False,
            "autoAllocateBlocks": True,
            "maxBlocksPerHost": 20,
            "kubeVirtVMAddressPersistence": "Enabled",
        },
    ),
    "bgpfilters/no-default": document(
        "BGPFilter",
        "no-default",
        {
            "importV4": [{"cidr": "0.0.0.0/0", "matchOperator": "Equal", "action": "Reject"}],
            "exportV6": [
                {
                    "cidr": "fd65::/48",
                    "matchOperator": "In",
                    "prefixLength": {"min": 64, "max": 128},
                    "source": "RemotePeers",
                    "interface": "eth*",
                    "peerType": "eBGP",
                    "communities": {"values": ["64512:1"]},
                    "asPathPrefix": [64512],
                    "priority": 1024,
                    "action": "Accept",
                    "operations": [
                        {"addCommunity": {"value": "64512:1:2"}},
                        {"prependASPath": {"prefix": [64512, 64512]}},
                        {"setPriority": {"value": 100}},
                    ],
                }
            ],
        },
    ),
    "tiers/default": document("Tier", "default", {"order": 1000000, "defaultAction": "Deny"}),
    "clusterinformations/default": document(
        "ClusterInformation", "default", {"clusterGUID": "0" * 32, "clusterType": "docker", "datastoreReady": True}
    ),
    "felixconfigurations/default": document(
        "FelixConfiguration", "default", {"reportingInterval": "0s", "logSeverityScreen": "Info"}
    ),
    "felixconfigurations/racks": document(
        "FelixConfiguration",
        "racks",
        {
            "nodeSelector": "rack == '1'",
            "failsafeInboundHostPorts": [],
            "failsafeOutboundHostPorts": [{"protocol": "TCP", "port": 2379, "net": "172.31.0.0/16"}],
            "iptablesMarkMask": 4294901760,
            "natPortRange": "32768:65535",
            "natOutgoingAddress": "172.31.1.11",
            "externalNodesList": ["10.0.0.0/8"],
            "ipv6Support": False,
            "bpfEnabled": False,
        },
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
            "ports": [
                {"name": "http", "protocol": "TCP", "port": 80},
                {"name": "", "protocol": "UDP", "port": 53, "hostPort": 5353, "hostIP": "172.31.1.11"},
            ],
            "ipNATs": [{"internalIP": "10.65.0.1", "externalIP": "172.31.1.99"}],
            "allowSpoofedSourcePrefixes": ["192.0.2.0/24"],
            "qosControls": {"ingressBandwidth": 1000000},
            "serviceAccountName": "web",
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


def extended(value: Any) -> Any:
    """The value with a field more in each object of it that has named fields."""
    if isinstance(value, list):
        return [extended(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: item if name in FREE else extended(item) for name, item in value.items()} | {"ofTomorrow": [1]}


# Maps of names that people choose, and what is kept as it is
FREE = ("labels", "annotations", "labelsToApply", "qosControls", "orchRefs", "addresses", "wireguard")


@pytest.mark.parametrize("stored", DOCUMENTS.values(), ids=DOCUMENTS)
def test_fields_of_tomorrow_survive_at_every_level(stored: dict[str, Any]) -> None:
    tomorrow = extended({**stored, "status": {"x": 1}})
    assert kinds.decode(tomorrow).encode(tomorrow) == tomorrow


@pytest.mark.parametrize("stored", DOCUMENTS.values(), ids=DOCUMENTS)
def test_fields_of_tomorrow_survive_a_change(stored: dict[str, Any]) -> None:
    tomorrow = extended(stored)
    labelled = {
        **stored,
        "metadata": {**stored["metadata"], "labels": {**stored["metadata"].get("labels", {}), "a": "b"}},
    }
    written = kinds.decode(labelled, strict=True).encode(tomorrow)
    assert written["metadata"].pop("labels")["a"] == "b"
    tomorrow["metadata"].pop("labels", None)
    assert written == tomorrow


def test_a_rule_keeps_its_fields_of_tomorrow_where_it_moves_to() -> None:
    stored = extended(DOCUMENTS["networkpolicies/shop/db"])
    first, second = stored["spec"]["ingress"]
    wanted = {**DOCUMENTS["networkpolicies/shop/db"]}
    plain = [{"action": "Pass"}, *reversed(wanted["spec"]["ingress"]), {"action": "Deny"}]
    moved = kinds.decode({**wanted, "spec": {**wanted["spec"], "ingress": plain}}, strict=True).encode(stored)
    assert moved["spec"]["ingress"] == [
        {"action": "Pass", "source": {}, "destination": {}},
        second,
        first,
        {"action": "Deny", "source": {}, "destination": {}},
    ]


def test_every_kind_is_here() -> None:
    assert {stored["kind"] for stored in DOCUMENTS.values()} == set(kinds.BY_KIND)


@pytest.mark.parametrize("stored", DOCUMENTS.values(), ids=DOCUMENTS)
def test_the_key_tells_kind_and_name(stored: dict[str, Any]) -> None:
    resource = kinds.decode(stored)
    parts = kinds.parse_key(resource.key)
    assert parts == kinds.KeyParts(type(resource), resource.name, resource.metadata.namespace)


def test_a_resource_version_is_never_stored() -> None:
    stored = DOCUMENTS["tiers/default"]
    read = {**stored, "metadata": {**stored["metadata"], "resourceVersion": "7"}}
    assert kinds.decode(read, strict=True).encode(read) == stored
