"""Named states of the store, the same for every test of the agent: pure ones, golden files and the kernel's.

Each is a whole store as seen from host1. Grow this list: every test that takes states takes the new one too.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.states import records
from tests.states.records import Change

ALLOW = [{"action": "Allow"}]
DENY = [{"action": "Deny"}]
FRONTEND = 'calico.docker/network == "frontend"'
BACKEND = 'calico.docker/network == "backend"'

_TWO_NETWORKS = (
    records.network("frontend"),
    records.network("backend"),
    records.endpoint(1),
    records.endpoint(2),
    records.endpoint(3, networks=["backend"]),
    records.endpoint(4, networks=["backend"], node="host2"),
)
_EVERY_MATCH = [
    {"action": "Allow", "ipVersion": 4},
    {"action": "Allow", "ipVersion": 6, "protocol": "TCP"},
    {"action": "Allow", "protocol": "TCP", "destination": {"ports": [5432]}},
    {"action": "Allow", "protocol": "UDP", "destination": {"ports": [53, "1000:2000", 1500, 2001]}},
    {"action": "Allow", "protocol": "SCTP", "source": {"ports": ["1:3"]}, "destination": {"notPorts": [7, 9]}},
    {"action": "Deny", "notProtocol": "UDPLite"},
    {"action": "Deny", "protocol": 47, "source": {"selector": BACKEND}},
    {"action": "Allow", "protocol": "ICMP", "icmp": {"type": 8}},
    {"action": "Allow", "protocol": "ICMPv6", "icmp": {"type": 1, "code": 4}},
    {"action": "Allow", "protocol": "ICMP", "notICMP": {"type": 3, "code": 1}},
    {"action": "Allow", "protocol": 1, "notICMP": {"type": 3}},
    {"action": "Deny", "notICMP": {"type": 254, "code": 255}},
    {"action": "Allow", "source": {"nets": ["10.0.0.0/8"]}},
    {"action": "Allow", "source": {"nets": ["10.0.0.0/25", "10.0.0.128/25", "10.0.1.0/25", "10.0.9.9/32"]}},
    {"action": "Allow", "destination": {"notNets": ["fd00::/8"]}, "source": {"nets": ["::/0"]}},
    {"action": "Allow", "source": {"nets": ["0.0.0.0/0"]}, "protocol": "TCP"},
    {"action": "Allow", "source": {"nets": ["10.0.0.0/32", "10.0.0.1/32", "10.0.0.2/32"]}},
    {"action": "Allow", "source": {"selector": FRONTEND, "nets": ["fd65::/64", "fd66::1/128"]}},
    {"action": "Allow", "source": {"notSelector": BACKEND}, "destination": {"selector": "all()"}},
    {"action": "Allow", "protocol": "TCP", "destination": {"ports": ["web", 8080]}},
    {"action": "Allow", "protocol": "TCP", "source": {"selector": BACKEND, "ports": ["web", "dns"]}},
    {"action": "Allow", "destination": {"ports": ["web"], "notPorts": ["dns"]}},
    {"action": "Deny", "protocol": "UDP", "destination": {"notPorts": ["dns", 53]}},
    {"action": "Log", "protocol": "TCP", "source": {"namespaceSelector": "global()"}},
    {"action": "Pass", "source": {"serviceAccounts": {"names": ["robot"]}}},
]

STATES: Mapping[str, tuple[Change, ...]] = {
    "empty": (),
    "nothing here": (records.network("frontend"), records.endpoint(4, node="host2")),
    "one endpoint": (records.network("frontend"), records.endpoint(1)),
    "one network, one neighbour elsewhere": (
        records.network("frontend"),
        records.endpoint(1),
        records.endpoint(4, node="host2"),
    ),
    "two networks": _TWO_NETWORKS,
    "the host may be reached": (*_TWO_NETWORKS, records.felix(defaultEndpointToHostAction="Return")),
    "a policy opens one port": (
        *_TWO_NETWORKS,
        records.policy(
            "db",
            selector=BACKEND,
            ingress=[
                {
                    "action": "Allow",
                    "protocol": "TCP",
                    "source": {"selector": FRONTEND},
                    "destination": {"ports": [5432]},
                }
            ],
        ),
    ),
    "policies in order": (
        *_TWO_NETWORKS,
        records.policy("last", selector="all()", ingress=DENY),
        records.policy("second", order=20, selector=FRONTEND, ingress=ALLOW, egress=ALLOW),
        records.policy("first", order=10, selector="all()", types=["Egress"], egress=DENY),
    ),
    "tiers": (
        *_TWO_NETWORKS,
        records.tier("security", order=10),
        records.tier("platform", order=20, defaultAction="Pass"),
        records.policy("guard", tier="security", selector="all()", ingress=[{"action": "Pass"}]),
        records.policy("base", tier="platform", selector=BACKEND, ingress=DENY),
        records.policy("lost", tier="no-such-tier", selector=FRONTEND, ingress=ALLOW),
        records.policy("web", selector=FRONTEND, ingress=[{"action": "Log"}, *ALLOW]),
    ),
    "every kind of match": (
        *_TWO_NETWORKS,
        records.endpoint(
            5,
            labels={"role": "web"},
            ports=[
                {"name": "web", "protocol": "TCP", "port": 80},
                {"name": "dns", "protocol": "UDP", "port": 53},
                {"name": "dns", "protocol": "TCP", "port": 53},
            ],
        ),
        records.policy("all", selector="all()", ingress=_EVERY_MATCH, egress=_EVERY_MATCH),
    ),
    "several profiles": (
        *_TWO_NETWORKS,
        records.profile("deny-web", ingress=[{"action": "Deny", "protocol": "TCP", "destination": {"ports": [80]}}]),
        records.endpoint(5, networks=["deny-web", "frontend"]),
        records.endpoint(6, networks=["no-such-profile", "frontend"]),
        records.endpoint(7, networks=["projectcalico-default-allow"]),
        records.endpoint(8, networks=[]),
    ),
    "host policies do not count": (
        *_TWO_NETWORKS,
        records.policy("raw", selector="all()", doNotTrack=True, applyOnForward=True, ingress=DENY, egress=DENY),
        records.policy("dnat", selector="all()", preDNAT=True, applyOnForward=True, ingress=DENY),
    ),
    "invalid objects": (
        *_TWO_NETWORKS,
        records.policy("bad-rule", selector=BACKEND, ingress=[{"action": "Allow", "protocol": "CARRIER-PIGEON"}]),
        records.policy("bad-selector", selector="((", ingress=ALLOW),
        records.profile("frontend", ingress="all"),
        records.tier("nowhere", order="first"),
        records.policy("homeless", tier="nowhere", order=1, selector=FRONTEND, types=["Egress"], egress=ALLOW),
        records.raw("WorkloadEndpoint", "host1-libnetwork-libnetwork-x", {}, {"namespace": "libnetwork"}),
    ),
    "invalid objects of other kinds": (
        *_TWO_NETWORKS,
        records.in_namespace("NetworkPolicy", "bad", selector=BACKEND, ingress=[{"action": "Maybe"}]),
        records.in_namespace("StagedNetworkPolicy", "bad", ingress=[{"action": "Maybe"}]),
        records.network_set("partly", "192.0.2.0/24", "192.0.2.300", labels={"role": "office"}),
        records.policy("sets", selector=FRONTEND, ingress=[{"action": "Allow", "source": {"selector": "has(role)"}}]),
    ),
    "records that claim what is not theirs": (
        *_TWO_NETWORKS,
        records.endpoint(5, interface="eth0"),
        records.endpoint(6, interface=f"cali{1:011x}"),
        records.endpoint(7, addresses=records.default_addresses(1)),
        records.endpoint(8, addresses=[]),
    ),
    "policies of a namespace": (
        *_TWO_NETWORKS,
        records.in_namespace(
            "NetworkPolicy", "web", order=5, ingress=[{"action": "Allow", "source": {"selector": "all()"}}]
        ),
        records.in_namespace("NetworkPolicy", "web", "elsewhere", ingress=ALLOW),
        records.in_namespace(
            "NetworkPolicy",
            "peers",
            selector=BACKEND,
            ingress=[
                {"action": "Allow", "source": {"notSelector": FRONTEND}},
                {"action": "Allow", "source": {"namespaceSelector": "team == 'a'", "selector": "has(role)"}},
                {"action": "Deny", "source": {"serviceAccounts": {"names": ["robot"]}, "notSelector": BACKEND}},
                {"action": "Allow", "protocol": "TCP", "destination": {"ports": ["web"]}},
                {"action": "Allow", "source": {"nets": ["10.0.0.0/8"]}},
            ],
        ),
        records.policy("web", order=5, selector=FRONTEND, namespaceSelector="all()", ingress=ALLOW),
    ),
    "network sets": (
        *_TWO_NETWORKS,
        records.network_set("office", "192.0.2.0/25", "192.0.2.128/25", "2001:db8::/32", labels={"role": "office"}),
        records.network_set("home", "192.0.2.7/24", "198.51.100.1/32", labels={"role": "office"}),
        records.network_set(
            "plant", "203.0.113.0/24", "10.65.0.3/32", labels={"role": "plant"}, namespace="libnetwork"
        ),
        records.network_set("empty", labels={"role": "nobody"}),
        records.policy(
            "sets",
            selector=FRONTEND,
            ingress=[
                {"action": "Allow", "source": {"selector": "role == 'office'"}},
                {"action": "Log", "source": {"selector": "has(role)"}},
                {"action": "Deny", "source": {"notSelector": "role == 'plant'"}, "destination": {"selector": "all()"}},
                {"action": "Allow", "source": {"selector": "role == 'nobody'"}},
            ],
        ),
        records.in_namespace(
            "NetworkPolicy",
            "plant",
            selector=BACKEND,
            ingress=[{"action": "Allow", "source": {"selector": "has(role)"}}],
        ),
    ),
    "network sets gain and lose": (
        *_TWO_NETWORKS,
        records.network_set("office", "192.0.2.0/25", labels={"role": "office"}),
        records.network_set("plant", "0.0.0.0/0", "::/0", labels={"role": "plant"}, namespace="libnetwork"),
        records.network_set("empty", "2001:db8:1::/64", labels={"role": "nobody"}),
        records.profile("kns.libnetwork", labelsToApply={"role": "everywhere", "pcns.team": "a"}),
        records.policy(
            "sets",
            selector=FRONTEND,
            ingress=[
                {"action": "Allow", "source": {"selector": "role == 'office'"}},
                {"action": "Allow", "source": {"selector": "role == 'nobody'"}},
                {"action": "Deny", "source": {"namespaceSelector": "team == 'a'"}},
            ],
        ),
    ),
    "hosts as peers": (
        *_TWO_NETWORKS,
        records.host_endpoint(
            "uplink",
            node="host2",
            expectedIPs=["192.0.2.11", "2001:db8::11"],
            labels={"role": "host"},
            ports=[{"name": "ssh", "protocol": "TCP", "port": 22}],
            profiles=["backend"],
        ),
        records.policy(
            "to-hosts",
            selector=FRONTEND,
            types=["Ingress", "Egress"],
            ingress=[{"action": "Allow", "source": {"selector": BACKEND}}],
            egress=[
                {"action": "Allow", "protocol": "TCP", "destination": {"selector": "role == 'host'", "ports": ["ssh"]}}
            ],
        ),
    ),
    "staged policies": (
        *_TWO_NETWORKS,
        records.tier("security", order=10),
        records.raw("StagedGlobalNetworkPolicy", "alone", {"tier": "security", "selector": "all()", "ingress": DENY}),
        records.raw(
            "StagedGlobalNetworkPolicy",
            "first",
            {"order": 1, "selector": FRONTEND, "ingress": [{"action": "Log"}, *ALLOW]},
        ),
        records.raw("StagedGlobalNetworkPolicy", "gone", {"stagedAction": "Delete", "tier": "default"}),
        records.in_namespace("StagedNetworkPolicy", "web", order=3, ingress=[{"action": "Pass"}], egress=DENY),
        records.policy("web", order=2, selector=FRONTEND, ingress=ALLOW),
    ),
    "profiles that pass": (
        *_TWO_NETWORKS,
        records.profile("picky", ingress=[{"action": "Pass", "protocol": "TCP"}, *DENY], egress=[{"action": "Pass"}]),
        records.endpoint(5, networks=["picky", "frontend"]),
    ),
    "the uplink of a host": (
        *_TWO_NETWORKS,
        records.profile("hosts", labelsToApply={"zone": "rack"}, egress=[{"action": "Allow"}]),
        records.host_endpoint("uplink", interfaceName="eth0", labels={"role": "host"}, profiles=["hosts"]),
        records.host_endpoint("uplink-too", interfaceName="eth0"),
        records.host_endpoint("by-address", expectedIPs=["192.0.2.77", "2001:db8::77"]),
        records.host_endpoint("elsewhere", node="host2", interfaceName="eth0"),
        records.host_endpoint("unreadable", interfaceName="eth1", ports=["ssh"]),
        records.host_endpoint("not-ours", interfaceName=f"cali{1:011x}"),
        records.policy(
            "web-on-hosts",
            selector="zone == 'rack'",
            ingress=[{"action": "Allow", "protocol": "TCP", "destination": {"ports": [80]}}],
        ),
    ),
    "every use of policy on hosts": (
        *_TWO_NETWORKS,
        records.tier("early", order=1),
        records.host_endpoint("uplink", interfaceName="eth0", labels={"role": "uplink"}),
        records.host_endpoint("second", interfaceName="eth1", labels={"role": "second"}),
        records.host_endpoint("rest", interfaceName="*", labels={"role": "rest"}),
        records.policy("normal", selector="has(role)", ingress=ALLOW, egress=ALLOW),
        records.policy(
            "forward", tier="early", selector="role == 'uplink'", applyOnForward=True, ingress=DENY, egress=ALLOW
        ),
        records.policy(
            "dnat",
            order=2,
            selector="has(role) && role != 'second'",
            preDNAT=True,
            applyOnForward=True,
            ingress=[{"action": "Deny", "protocol": "TCP", "destination": {"ports": [8080]}}],
        ),
        records.policy(
            "raw",
            tier="early",
            selector="has(role)",
            doNotTrack=True,
            applyOnForward=True,
            ingress=[{"action": "Allow", "protocol": "UDP", "destination": {"ports": [53]}}],
            egress=[{"action": "Allow", "protocol": "UDP", "source": {"ports": [53]}}],
        ),
    ),
    "failsafes as configured": (
        *_TWO_NETWORKS,
        records.host_endpoint("all", interfaceName="*"),
        records.policy("raw", selector="all()", doNotTrack=True, applyOnForward=True, egress=ALLOW),
        records.host_endpoint("uplink", interfaceName="eth0"),
        records.felix(
            failsafeInboundHostPorts=[
                {"protocol": "TCP", "port": 22, "net": "192.0.2.0/24"},
                {"protocol": "TCP", "port": 23, "net": "192.0.2.0/24"},
                {"protocol": "UDP", "port": 68, "net": "::/0"},
                {"protocol": "SCTP", "port": 7},
            ],
            failsafeOutboundHostPorts=[],
            disableConntrackInvalidCheck=True,
        ),
    ),
    "leaving with an address of the host": (
        *_TWO_NETWORKS,
        records.raw("IPPool", "out", {"cidr": "10.65.0.0/16", "natOutgoing": True}),
        records.raw("IPPool", "out6", {"cidr": "fd65::/48", "natOutgoing": True}),
        records.raw("IPPool", "off", {"cidr": "10.66.0.0/16", "natOutgoing": True, "disabled": True}),
        records.raw("IPPool", "inside", {"cidr": "172.16.0.0/16"}),
        records.raw("Node", "host2", {"bgp": {"ipv4Address": "192.0.2.12/24", "ipv6Address": "2001:db8::12/64"}}),
        records.felix(
            natOutgoingExclusions="IPPoolsAndHostIPs", natOutgoingAddress="192.0.2.1", natPortRange="32768:65535"
        ),
    ),
    "behind tunnels": (
        *_TWO_NETWORKS,
        records.raw("IPPool", "near", {"cidr": "10.65.0.0/16", "vxlanMode": "CrossSubnet"}),
        records.raw("IPPool", "near6", {"cidr": "fd65::/48", "vxlanMode": "Always"}),
        records.raw("IPPool", "far", {"cidr": "10.66.0.0/16", "ipipMode": "Always"}),
        records.node(
            "host1",
            "192.0.2.1/24",
            "2001:db8::1/64",
            ipv4VXLANTunnelAddr="10.65.0.250",
            ipv6VXLANTunnelAddr="fd65::fff0",
        ),
        records.node("host2", "192.0.2.12/24", "2001:db8::12/64", ipv6VXLANTunnelAddr="fd65::fff1"),
        records.node(
            "host3", "198.51.100.13/24", ipv4VXLANTunnelAddr="10.65.0.251", vxlanTunnelMACAddr="66:00:00:00:00:03"
        ),
        records.affinity("host1", "10.65.0.0/26"),
        records.affinity("host2", "10.65.0.64/26"),
        records.affinity("host2", "fd65::40/122"),
        records.affinity("host3", "10.65.0.128/26"),
        records.affinity("host3", "10.65.0.192/26", "pending"),
        records.host_endpoint("all", interfaceName="*"),
        records.policy("closed", selector="all()", ingress=DENY),
    ),
    "workloads that may do more": (
        *_TWO_NETWORKS,
        records.endpoint(5, spoofing=["198.51.100.0/24", "198.51.100.7/24", "2001:db8:7::/64"]),
        records.endpoint(6, spoofing=["0.0.0.0/0"]),
        records.felix(
            workloadSourceSpoofing="Any", allowVXLANPacketsFromWorkloads=True, allowIPIPPacketsFromWorkloads=True
        ),
    ),
    "published ports": (
        *_TWO_NETWORKS,
        records.endpoint(
            5,
            ports=[
                {"name": "published", "protocol": "TCP", "port": 80, "hostPort": 8080},
                {"name": "published", "protocol": "UDP", "port": 53, "hostPort": 53, "hostIP": "192.0.2.1"},
                {"protocol": "SCTP", "port": 7, "hostPort": 8080, "hostIP": "0.0.0.0"},
                {"protocol": "TCP", "port": 81, "hostPort": 81, "hostIP": "::"},
                {"protocol": "TCP", "port": 82, "hostPort": 81, "hostIP": "2001:db8::1"},
                {"name": "web", "protocol": "TCP", "port": 80},
            ],
        ),
        records.endpoint(6, ports=[{"protocol": "TCP", "port": 8080, "hostPort": 8081, "hostIP": "127.0.0.1"}]),
        records.endpoint(21, node="host2", ports=[{"protocol": "TCP", "port": 80, "hostPort": 80}]),
    ),
    "published ports that somebody else has": (
        *_TWO_NETWORKS,
        records.endpoint(5, ports=[{"protocol": "UDP", "port": 53, "hostPort": 53}]),
        records.endpoint(
            6,
            addresses=["10.65.0.6"],
            ports=[
                {"protocol": "TCP", "port": 80, "hostPort": 8080},
                {"protocol": "TCP", "port": 81, "hostPort": 8080},
                {"protocol": "UDP", "port": 53, "hostPort": 53},
                {"protocol": "UDP", "port": 53, "hostPort": 54, "hostIP": "::1"},
                {"protocol": "UDP", "port": 53, "hostPort": 55, "hostIP": "here"},
                {"protocol": "UDP", "port": 53, "hostPort": 56, "hostIP": "fe80::1%eth0"},
            ],
        ),
        records.endpoint(7, ports=[{"protocol": "TCP", "port": 82, "hostPort": 8080}]),
        records.endpoint(8, interface="eth0", ports=[{"protocol": "TCP", "port": 83, "hostPort": 8083}]),
    ),
    "only IPv4": (records.network("frontend"), records.endpoint(1, addresses=["10.65.0.1"])),
    "only IPv6": (records.network("frontend"), records.endpoint(1, addresses=["fd65::1"])),
}
