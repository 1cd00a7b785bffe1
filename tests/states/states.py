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
    "records that claim what is not theirs": (
        *_TWO_NETWORKS,
        records.endpoint(5, interface="eth0"),
        records.endpoint(6, interface=f"cali{1:011x}"),
        records.endpoint(7, addresses=records.default_addresses(1)),
        records.endpoint(8, addresses=[]),
    ),
    "only IPv4": (records.network("frontend"), records.endpoint(1, addresses=["10.65.0.1"])),
    "only IPv6": (records.network("frontend"), records.endpoint(1, addresses=["fd65::1"])),
}
