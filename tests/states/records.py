"""Store records as Docker hosts, their plugin and their operators write them, for the tests of the agent."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import (
    kinds,
    profiles,
    resources,
    workload_endpoints,
)

NAMESPACE = workload_endpoints.NAMESPACE


@dataclasses.dataclass(frozen=True)
class Change:
    """A record (``value`` set) or a deletion, as the snapshot's builder takes them."""

    key: str
    value: bytes | None


def of(resource: resources.Resource) -> Change:
    return Change(resource.key, store.encode(resource.encode()))


def raw(kind: str, name: str, spec: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> Change:
    """A record of any kind as another client may have written it: nothing here checks it."""
    namespace = (metadata or {}).get("namespace")
    key = resources.key_of(kinds.BY_KIND[kind], name, namespace)
    return Change(key, store.encode({"kind": kind, "metadata": {"name": name, **(metadata or {})}, "spec": spec}))


def without(change: Change) -> Change:
    """The deletion of that record."""
    return Change(change.key, None)


def network(name: str) -> Change:
    """The Profile of a Docker network."""
    return of(profiles.for_network(name))


def endpoint(
    number: int,
    *,
    node: str = "host1",
    networks: Iterable[str] = ("frontend",),
    labels: Mapping[str, str] | None = None,
    ports: Iterable[Mapping[str, Any]] = (),
    interface: str | None = None,
    addresses: Iterable[str] | None = None,
    spoofing: Iterable[str] = (),
) -> Change:
    """Container ``number``: interface cali<number>, addresses 10.65.0.<number> and fd65::<number>."""
    found = workload_endpoints.for_container(
        node=node,
        endpoint=f"{number:064x}",
        interface=interface or f"cali{number:011x}",
        mac="ee:ee:ee:ee:ee:ee",
        addresses=[ipaddress.ip_address(text) for text in addresses or default_addresses(number)],
        profiles=networks,
        labels=labels,
    )
    document = found.encode()
    if ports:
        document["spec"]["ports"] = list(ports)
    if spoofing:
        document["spec"]["allowSpoofedSourcePrefixes"] = list(spoofing)
    return Change(found.key, store.encode(document))


def default_addresses(number: int) -> tuple[str, str]:
    return (str(ipaddress.ip_address("10.65.0.0") + number), str(ipaddress.ip_address("fd65::") + number))


def policy(name: str, **spec: Any) -> Change:
    return raw("GlobalNetworkPolicy", name, spec)


def in_namespace(kind: str, name: str, namespace: str = NAMESPACE, **spec: Any) -> Change:
    """A record of a kind that has a namespace, by default in that of all containers."""
    return raw(kind, name, spec, {"namespace": namespace})


def network_set(name: str, *nets: str, labels: Mapping[str, str], namespace: str | None = None) -> Change:
    """A GlobalNetworkSet or, with a namespace, a NetworkSet."""
    kind = "NetworkSet" if namespace else "GlobalNetworkSet"
    place = {"namespace": namespace} if namespace else {}
    return raw(kind, name, {"nets": list(nets)}, {"labels": dict(labels), **place})


def host_endpoint(name: str, *, node: str = "host1", labels: Mapping[str, str] | None = None, **spec: Any) -> Change:
    return raw("HostEndpoint", name, {"node": node, **spec}, {"labels": dict(labels or {})})


def node(name: str, *addresses: str, **spec: Any) -> Change:
    """A host with its addresses as in 192.0.2.11/24."""
    words = {4: "ipv4Address", 6: "ipv6Address"}
    bgp = {words[ipaddress.ip_interface(address).version]: address for address in addresses}
    return raw("Node", name, {"bgp": bgp, **spec})


def tier(name: str, **spec: Any) -> Change:
    return raw("Tier", name, spec)


def profile(name: str, **spec: Any) -> Change:
    return raw("Profile", name, spec)


def felix(**spec: Any) -> Change:
    return raw("FelixConfiguration", "default", spec)


def affinity(node: str, block: str, state: str = "confirmed") -> Change:
    cidr = ipaddress.ip_network(block)
    key = f"/calico/ipam/v2/host/{node}/ipv{cidr.version}/block/{block.replace('/', '-')}"
    return Change(key, store.encode({"state": state, "deleted": False}))
