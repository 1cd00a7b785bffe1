"""Who may be at the other end of the host's tunnels: another host of the cluster, nobody else.

The tunnels themselves are told to the driver as they were calculated.

A packet that comes out of a tunnel has left all that the fabric knows of its sender behind: a stranger who could wrap
one would speak with the address of any other host's container. What hosts send each other in tunnels is no business of
policy on the hosts' own interfaces; what is in them is asked for as every other packet.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from calico_node.calc.settings import Settings
from calico_node.calc.tunnels import IPIP, VXLAN, Device, End, Tunnels

from . import nets, nft, packets

__all__ = ["IPIP", "VXLAN", "Device", "End", "Tunnels", "received", "sent"]

_IP_IN_IP = 4
# Behind the UDP header (8 bytes) and the VXLAN header's flags (4 bytes); other networks, as Docker's, may use the port.
_VNI = {"payload": {"base": "th", "offset": 96, "len": 24}}


def received(tunnels: Tunnels, settings: Settings) -> Iterator[nft.Rule]:
    """For what the host receives."""
    for version, packet, hosts in _packets(tunnels, settings):
        yield nft.Rule((packets.NOT_FROM_WORKLOAD, nets.match(version, "saddr", hosts), *packet, nft.ACCEPT))
        family = nft.match(nft.meta("nfproto"), nets.FAMILIES[version])
        yield nft.Rule((family, *packet, nft.COUNTER, nft.DROP), "tunnel of a stranger")


def forwarded(tunnels: Tunnels, settings: Settings) -> Iterator[nft.Rule]:
    """For what the host hands on: a sender behind its masquerade would look like the host itself to the others."""
    for version, packet, hosts in _packets(tunnels, settings):
        to_host, of_stranger = nets.match(version, "daddr", hosts), nets.match(version, "saddr", hosts, "!=")
        yield nft.Rule((to_host, of_stranger, *packet, nft.COUNTER, nft.DROP), "tunnel of a stranger")


def sent(tunnels: Tunnels, settings: Settings) -> Iterator[nft.Rule]:
    """For what the host sends."""
    for version, packet, hosts in _packets(tunnels, settings):
        yield nft.Rule((nets.match(version, "daddr", hosts), *packet, nft.ACCEPT))


def _packets(
    tunnels: Tunnels, settings: Settings
) -> Iterator[tuple[int, tuple[nft.Expression, ...], tuple[nets.Network, ...]]]:
    """By kind and IP version: how a tunnel's packets look, and the hosts."""
    for (kind, version), hosts in tunnels.hosts.items():
        if kind == VXLAN:
            port = nft.match(nft.payload("udp", "dport"), settings.vxlan_port)
            packet: tuple[nft.Expression, ...] = (port, nft.match(_VNI, settings.vxlan_vni))
        else:
            packet = (nft.match(nft.meta("l4proto"), _IP_IN_IP),)
        yield version, packet, tuple(ipaddress.ip_network(host) for host in hosts)
