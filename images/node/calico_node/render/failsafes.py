"""The ports that stay open on a host's own interfaces whatever policy says, so that nobody locks himself out.

An accept here ends only the place that asked. Before conntrack also the answers pass: else untracked policy could take
one half of a connection from it, which would then break the other. IPv6 neighbour discovery is let through as well: it
is to IPv6 what ARP is to IPv4, and without it no port could be reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model.felix_configurations import ProtoPort
from calico_node.calc.rulesets import EGRESS, INGRESS
from calico_node.calc.settings import Settings

from . import nets, nft, packets

_TRANSPORT = {6: "tcp", 17: "udp", 132: "sctp"}
# By direction, where the address and the port of the other end are in a packet of the same direction.
_OTHER_END = {INGRESS: "saddr", EGRESS: "daddr"}


def name(direction: str, *, early: bool = False) -> str:
    """The chain to jump to; ``early`` is before conntrack."""
    return f"failsafe-{'in' if direction == INGRESS else 'out'}{'-early' if early else ''}"


def chains(settings: Settings, *, early: bool) -> Mapping[str, nft.Chain]:
    """The chains of both directions, and those before conntrack if there is somebody to ask them."""
    ports = {INGRESS: settings.failsafe_inbound_host_ports, EGRESS: settings.failsafe_outbound_host_ports}
    found = {}
    for direction, other in ((INGRESS, EGRESS), (EGRESS, INGRESS)):
        asked = nft.Rule((packets.HOST_DISCOVERY, nft.ACCEPT))
        found[name(direction)] = nft.Chain((asked, *_rules(ports[direction], direction, "dport")))
        if early:
            answers = _rules(ports[other], direction, "sport")
            found[name(direction, early=True)] = nft.Chain((*answers, nft.Rule((nft.goto(name(direction)),))))
    return found


def _rules(ports: tuple[ProtoPort, ...], direction: str, field: str) -> Iterator[nft.Rule]:
    """One rule for the ports of a protocol, or of a protocol and network."""
    grouped: dict[tuple[int, nets.Network | None], set[int]] = {}
    for port in ports:
        grouped.setdefault((port.protocol_number, port.net), set()).add(port.port)
    for (protocol, net), numbers in sorted(grouped.items(), key=str):
        end = () if net is None else (nets.match(net.version, _OTHER_END[direction], (net,)),)
        there = nft.match(nft.payload(_TRANSPORT[protocol], field), nft.one_of(tuple(sorted(numbers))))
        yield nft.Rule((*end, there, nft.ACCEPT))
