"""What a WorkloadEndpoint says of itself, in the form that the other questions need.

Does not know labels that come from profiles (groups.py), nor policies.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import workload_endpoints

from . import peers

# Interfaces of ours; no other interface is ever touched, whatever a record says.
INTERFACE_PREFIX = "cali"
# Labels of Kubernetes' namespaces and service accounts, which an endpoint may not claim by itself.
_FOREIGN = ("pcns.", "pcsa.")
_SERVICE_ACCOUNT = "projectcalico.org/serviceaccount"

Addresses = Mapping[int, frozenset[str]]  # by IP version
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(peers.Peer):
    """One endpoint anywhere in the cluster."""

    host: str
    interface: str | None
    # Of two endpoints with one interface name or address, the one with the lowest precedence is real.
    precedence: tuple[str, str, str]
    # From which addresses besides its own it may send, if the host's settings let it.
    spoofable: tuple[Network, ...] = ()
    # Its ports that the host forwards.
    host_ports: tuple[workload_endpoints.WorkloadEndpointPort, ...] = ()


def read(resource: workload_endpoints.WorkloadEndpoint) -> Endpoint:
    """The endpoint of a stored resource."""
    spec = resource.spec
    labels = {
        **resource.metadata.labels,
        **workload_endpoints.forced_labels(resource.metadata.namespace, spec.orchestrator),
    }
    if spec.service_account_name:
        labels[_SERVICE_ACCOUNT] = spec.service_account_name
    return Endpoint(
        host=resource.host,
        interface=spec.interface_name,
        # Nobody is behind the addresses of an endpoint that is not connected yet.
        addresses={version: _addresses(resource, version) if spec.interface_name else () for version in (4, 6)},
        labels=tuple(sorted(item for item in labels.items() if not item[0].startswith(_FOREIGN))),
        profiles=spec.profiles,
        ports=peers.named_ports(spec.ports) if spec.ports else (),
        precedence=(spec.orchestrator, f"{resource.metadata.namespace}/{spec.workload or ''}", spec.endpoint),
        spoofable=spec.allow_spoofed_source_prefixes,
        host_ports=tuple(port for port in spec.ports if port.host_port),
    )


def _addresses(resource: workload_endpoints.WorkloadEndpoint, version: int) -> tuple[str, ...]:
    found = (network for network in resource.spec.ip_networks if network.version == version)
    return tuple(dict.fromkeys(str(network.network_address) for network in found))


def problem(endpoint: Endpoint) -> str | None:
    """Why nothing can be programmed for an endpoint of this host; None if it can."""
    if not endpoint.interface:
        return "has no interfaceName"
    if not endpoint.interface.startswith(INTERFACE_PREFIX) or endpoint.interface == INTERFACE_PREFIX:
        return f"interface {endpoint.interface} is not ours: its name must start with {INTERFACE_PREFIX}"
    if not any(endpoint.addresses.values()):
        return "has no ipNetworks"
    return None


def claims(endpoint: Endpoint) -> tuple[str, ...]:
    """What only one endpoint of a host can have: an interface has one guard, an address one route."""
    addresses = (f"address {address}" for version in (4, 6) for address in endpoint.addresses[version])
    return (f"interface {endpoint.interface}", *addresses)
