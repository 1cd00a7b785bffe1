"""Where ports of a host lead: what WorkloadEndpoints of the host say with ``hostPort``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ports, workload_endpoints

from .packets import Packet

# IP version, address of the host or None for all of them, protocol, port of the host.
_Place = tuple[int, fields.Address | None, int, int]


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """A packet is led to an endpoint (``namespace/name``): its interface, and the packet as it goes on."""

    key: str
    interface: str
    packet: Packet


class Ports:
    """The published ports of one host; of several endpoints that want one port, the first has it."""

    def __init__(self, endpoints: Iterable[tuple[str, workload_endpoints.WorkloadEndpoint]]) -> None:
        self._endpoints = dict(endpoints)
        self._places: dict[_Place, tuple[str, fields.Address, int]] = {}
        for key, endpoint in self._endpoints.items():
            for place, address, port in _wanted(endpoint):
                self._places.setdefault(place, (key, address, port))

    def way(self, packet: Packet) -> Way | None:
        """Where a packet to the host is led; None if it stays there. One address goes before all of them."""
        for address in (packet.destination, None):
            place = (packet.destination.version, address, packet.protocol, packet.destination_port or 0)
            if place in self._places:
                key, target, port = self._places[place]
                onward = dataclasses.replace(packet, destination=target, destination_port=port)
                return Way(key, self._endpoints[key].spec.interface_name or "", onward)
        return None


def _wanted(
    endpoint: workload_endpoints.WorkloadEndpoint,
) -> Iterator[tuple[_Place, fields.Address, int]]:
    addresses: Mapping[int, fields.Address] = {
        net.version: net.network_address for net in reversed(endpoint.spec.ip_networks)
    }
    for port in (port for port in endpoint.spec.ports if port.host_port):
        for version, address in port.host_places:
            if version in addresses:
                place = (version, address, ports.protocol_number(port.protocol), port.host_port or 0)
                yield place, addresses[version], port.port
