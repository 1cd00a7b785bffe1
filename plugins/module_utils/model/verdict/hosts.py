"""What one host knows of its interfaces: which endpoint an interface is, and the settings that hold there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import (
    felix_configurations,
    fields,
    host_endpoints,
    workload_endpoints,
)
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from .packets import Packet
from .published import Ports, Way
from .rules import ICMP

_TCP, _IPIP, _UDP = 6, 4, 17

# Multicast listeners, routers and neighbours.
_DISCOVERY = frozenset({130, 131, 132, 133, 134, 135, 136, 143})

# The interfaces of containers; interfacePrefix of FelixConfiguration is for upstream's Felix.
_WORKLOADS = "cali"

# The addresses that the host itself has on each of its interfaces.
Addresses = Mapping[str, Iterable[fields.Address]]


class Host:
    """One host of a snapshot; ``local`` are the endpoints there that are active."""

    def __init__(self, snapshot: Snapshot, name: str, local: Iterable[str]) -> None:
        labels = snapshot.nodes[name].metadata.labels if name in snapshot.nodes else {}
        self.settings = felix_configurations.effective(snapshot.felix_configurations, name, labels)
        self._workloads = _by_interface(snapshot, local)
        self._ports = Ports((key, snapshot.endpoints[key]) for key in self._workloads.values())
        self._endpoints = {
            found: endpoint.spec
            for found, endpoint in sorted(snapshot.host_endpoints.items())
            if endpoint.spec.node == name
        }

    def is_workload(self, interface: str) -> bool:
        """Whether an interface, by its name, is one of containers, known or not."""
        return interface.startswith(_WORKLOADS)

    def workload_at(self, interface: str) -> str | None:
        """The WorkloadEndpoint that is active on an interface."""
        return self._workloads.get(interface)

    def way(self, packet: Packet) -> Way | None:
        """Where a packet to the host itself is led, by a published port; None if it stays there."""
        return None if packet.destination.is_loopback else self._ports.way(packet)

    def endpoint_at(self, interface: str, addresses: Addresses) -> str | None:
        """The HostEndpoint of an interface: the first that names it or expects its address, else one for all.

        Link-local addresses of IPv6 tell nothing: many interfaces may have the same one.
        """
        here = {
            address for address in addresses.get(interface, ()) if not (address.version == 6 and address.is_link_local)
        }
        # A container's interface is none of the host's own, whatever it is called.
        for name, spec in () if self.is_workload(interface) else self._endpoints.items():
            if spec.interface_name == interface or (not spec.interface_name and here & set(spec.expected_ips)):
                return name
        return next((name for name in self._endpoints if self.is_for_all(name)), None)

    def is_for_all(self, name: str) -> bool:
        """Whether a HostEndpoint stands for all interfaces that have none of their own."""
        return self._endpoints[name].interface_name == host_endpoints.ALL_INTERFACES

    def drops_encapsulated(self, packet: Packet) -> bool:
        """Whether a container may not send this packet because it would carry another one past policy."""
        if packet.protocol == _IPIP:
            return not self.settings.allow_ipip_packets_from_workloads
        vxlan = packet.protocol == _UDP and packet.destination_port == self.settings.vxlan_port
        return vxlan and not self.settings.allow_vxlan_packets_from_workloads

    def may_send(self, endpoint: workload_endpoints.WorkloadEndpoint, source: fields.Address) -> bool:
        """Whether a source address is one of the endpoint's, or one that it may use all the same."""
        allowed = list(endpoint.spec.ip_networks)
        if self.settings.workload_source_spoofing == "Any":
            allowed += endpoint.spec.allow_spoofed_source_prefixes
        return any(source in net for net in allowed)

    def is_failsafe(self, packet: Packet, *, inbound: bool, replies: bool = False) -> bool:
        """Whether it is to a port that must stay open; with ``replies``, also from one of the other direction.

        Without discovery of IPv6, no such port could be reached either: it goes the same way, as ARP does anyway.
        """
        if packet.protocol == ICMP[6] == ICMP[packet.source.version] and packet.icmp_type in _DISCOVERY:
            return True
        settings = self.settings
        inward, outward = settings.failsafe_inbound_host_ports or (), settings.failsafe_outbound_host_ports or ()
        ports, others = (inward, outward) if inbound else (outward, inward)
        far_end = packet.source if inbound else packet.destination
        return _is_one_of(ports, packet.protocol, packet.destination_port, far_end) or (
            replies and _is_one_of(others, packet.protocol, packet.source_port, far_end)
        )


def _is_one_of(
    ports: Iterable[felix_configurations.ProtoPort], protocol: int, port: int | None, far_end: fields.Address
) -> bool:
    return any(
        one.protocol_number == protocol and one.port == port and (one.net is None or far_end in one.net)
        for one in ports
    )


def _by_interface(snapshot: Snapshot, local: Iterable[str]) -> Mapping[str, str]:
    """Of several endpoints with one interface, the lowest by orchestrator, workload and endpoint is active."""
    found: dict[str, str] = {}
    for key in sorted(local, key=_identity):
        found.setdefault(snapshot.endpoints[key].spec.interface_name or "", key)
    return found


def _identity(key: str) -> tuple[str, ...]:
    namespace, _slash, name = key.partition("/")
    # Without a workload, which some orchestrators have not, the name has fewer parts.
    _node, orchestrator, *rest = workload_endpoints.split_name(name)
    return (orchestrator, f"{namespace}/{rest[0] if rest else ''}", *rest[1:])
