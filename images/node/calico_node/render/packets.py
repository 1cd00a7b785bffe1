"""What the chains that every packet meets ask of it."""

from __future__ import annotations

from calico_node.calc.endpoints import INTERFACE_PREFIX

from . import nft

IN, OUT = nft.meta("iifname"), nft.meta("oifname")
OURS = f"{INTERFACE_PREFIX}*"
FROM_WORKLOAD, TO_WORKLOAD = nft.match(IN, OURS), nft.match(OUT, OURS)
NOT_FROM_WORKLOAD, NOT_TO_WORKLOAD = nft.match(IN, OURS, "!="), nft.match(OUT, OURS, "!=")
# As conntrack numbers states (established, related) and status (its destination was rewritten).
FLOWING = nft.match({"ct": {"key": "state"}}, [2, 4], "in")
BROKEN = nft.match({"ct": {"key": "state"}}, 1, "in")
REWRITTEN = nft.match({"ct": {"key": "status"}}, 32, "in")
# What this host itself sends came in by no interface.
SENT_BY_HOST = nft.match(nft.meta("iif"), "0")
# What IPv6 needs before, and beside, an address of its own: MLD, router and neighbour discovery.
DISCOVERY = nft.match(nft.payload("icmpv6", "type"), {"set": [130, 131, 132, 133, 135, 136]})
# The same for a host, which listens to its routers: what ARP is to IPv4.
HOST_DISCOVERY = nft.match(nft.payload("icmpv6", "type"), {"set": [*range(130, 137), 143]})
