"""Options of each module of a resource, the key they write below the root of the resources, and what is in the spec."""

import pytest

from ansible_collections.calico.docker.plugins.modules import (
    bgp_configuration,
    bgp_filter,
    bgp_peer,
    felix_configuration,
    host_endpoint,
    ip_pool,
    ip_reservation,
    ipam_configuration,
    network_policy,
    network_set,
    node,
    policy,
    profile,
    tier,
)

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
        {
            "name": "v4",
            "cidr": "10.65.0.0/16",
            "block_size": 28,
            "nat_outgoing": True,
            "disable_bgp_export": True,
            "mtu": 1400,
        },
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
    pytest.param(
        network_policy.main,
        "networkpolicies/libnetwork/web",
        {"name": "web", "order": 1.5, "selector": "has(web)", "types": ["Egress"], "egress": [RULE]},
        {"tier": "default", "order": 1.5, "selector": "has(web)", "types": ["Egress"], "egress": [STORED_RULE]},
        id="network_policy",
    ),
    pytest.param(
        host_endpoint.main,
        "hostendpoints/uplink",
        {
            "name": "uplink",
            "node": "host1",
            "interface_name": "eth0",
            "expected_ips": ["10.0.0.1", "fd00::1"],
            "profiles": ["web"],
            "ports": [{"name": "metrics", "protocol": "TCP", "port": 9100}],
        },
        {
            "node": "host1",
            "interfaceName": "eth0",
            "expectedIPs": ["10.0.0.1", "fd00::1"],
            "profiles": ["web"],
            "ports": [{"name": "metrics", "protocol": "TCP", "port": 9100}],
        },
        id="host_endpoint",
    ),
    pytest.param(
        ip_reservation.main,
        "ipreservations/servers",
        {"name": "servers", "reserved_cidrs": ["10.65.0.0/28", "fd65::/124"]},
        {"reservedCIDRs": ["10.65.0.0/28", "fd65::/124"]},
        id="ip_reservation",
    ),
    pytest.param(
        ipam_configuration.main,
        "ipamconfigurations/default",
        {"max_blocks_per_host": 4},
        {"strictAffinity": False, "autoAllocateBlocks": True, "maxBlocksPerHost": 4},
        id="ipam_configuration",
    ),
    pytest.param(
        bgp_filter.main,
        "bgpfilters/fabric",
        {
            "name": "fabric",
            "export_v4": [
                {
                    "action": "Accept",
                    "cidr": "10.65.0.0/16",
                    "match_operator": "In",
                    "prefix_length": {"max": 26},
                    "operations": [{"prepend_as_path": {"prefix": ["1.10", 64512]}}],
                }
            ],
            "import_v6": [{"action": "Reject", "communities": {"values": ["64512:100"]}, "as_path_prefix": [64601]}],
        },
        {
            "exportV4": [
                {
                    "cidr": "10.65.0.0/16",
                    "matchOperator": "In",
                    "prefixLength": {"max": 26},
                    "action": "Accept",
                    "operations": [{"prependASPath": {"prefix": [65546, 64512]}}],
                }
            ],
            "importV6": [{"communities": {"values": ["64512:100"]}, "asPathPrefix": [64601], "action": "Reject"}],
        },
        id="bgp_filter",
    ),
]
