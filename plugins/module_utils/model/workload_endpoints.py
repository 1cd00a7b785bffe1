"""WorkloadEndpoint: one interface of one container, its addresses, labels and profiles."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from . import endpoint_ports, fields, ports, schema
from .errors import Invalid, Problem
from .resources import Resource

_IPV6_LOOPBACK = ipaddress.ip_address("::1")
NAMESPACE = "libnetwork"
ORCHESTRATOR = "libnetwork"
# The word between orchestrator and endpoint in the name, per orchestrator; others use the workload.
_MIDDLE = {"k8s": "pod", "cni": "container_id"}
_PORT_NAME: schema.Form[str] = schema.Form(
    lambda value, strict: "" if value == "" else ports.NAME.decode(value, strict), ports.NAME.encode
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadEndpointPort(endpoint_ports.EndpointPort):
    """A port, and where the host forwards it from; the name is empty if that is all."""

    name: str = schema.member("name", _PORT_NAME, "")
    host_port: int | None = schema.member("hostPort", fields.integer(0, 65535))
    host_ip: str | None = schema.member("hostIP", fields.text())

    def problems(self) -> Iterable[Problem]:
        yield from endpoint_ports.EndpointPort.problems(self)
        if not self.name and not self.host_port:
            yield Problem("name", self.name, "must be given unless there is a hostPort")

    @property
    def host_places(self) -> tuple[tuple[int, fields.Address | None], ...]:
        """Where the host has ``host_port``: IP versions, each with the address or None for all.

        Nowhere if ``host_ip`` is no address, and not at ``::1``: the kernel leads what is sent there nowhere else.
        """
        if not self.host_ip:
            return ((4, None), (6, None))
        try:
            found = fields.ADDRESS.decode(self.host_ip, True)
        except Invalid:
            return ()
        if found == _IPV6_LOOPBACK:
            return ()
        return ((found.version, None if found.is_unspecified else found),)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NAT:
    """An address of the endpoint under which another one reaches it."""

    internal_ip: fields.Address = schema.member("internalIP", fields.ADDRESS, required=True)
    external_ip: fields.Address = schema.member("externalIP", fields.ADDRESS, required=True)

    def problems(self) -> Iterable[Problem]:
        if self.internal_ip.version != self.external_ip.version:
            yield Problem("externalIP", str(self.external_ip), f"must be an IPv{self.internal_ip.version} address")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadEndpointSpec:
    """``ip_networks`` are single addresses; ``interface_name`` is the host's side of the veth pair."""

    orchestrator: str = schema.member("orchestrator", fields.SHARED_NAME, required=True)
    node: str = schema.member("node", fields.SHARED_NAME, required=True)
    workload: str | None = schema.member("workload", fields.SHARED_NAME)
    container_id: str | None = schema.member(
        "containerID", fields.text(r"[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?", "an id of letters, digits and '-'")
    )
    pod: str | None = schema.member("pod", fields.NAME)
    endpoint: str = schema.member("endpoint", fields.NAME, required=True)
    service_account_name: str | None = schema.member("serviceAccountName", fields.SHARED_NAME)
    ip_networks: tuple[fields.Network, ...] = schema.member("ipNetworks", fields.sequence(fields.HOST_NETWORK), ())
    ipv4_gateway: fields.Address | None = schema.member("ipv4Gateway", fields.address(4))
    ipv6_gateway: fields.Address | None = schema.member("ipv6Gateway", fields.address(6))
    profiles: tuple[str, ...] = schema.member("profiles", fields.sequence(fields.SHARED_NAME), ())
    interface_name: str | None = schema.member("interfaceName", fields.INTERFACE_NAME)
    mac: str | None = schema.member("mac", fields.MAC)
    ports: tuple[WorkloadEndpointPort, ...] = schema.member(
        "ports", fields.sequence(schema.struct(WorkloadEndpointPort)), ()
    )
    ip_nats: tuple[NAT, ...] = schema.member("ipNATs", fields.sequence(schema.struct(NAT)), ())
    allow_spoofed_source_prefixes: tuple[fields.Network, ...] = schema.member(
        "allowSpoofedSourcePrefixes", fields.sequence(fields.LOOSE_NETWORK), ()
    )
    qos_controls: Any = schema.member("qosControls", fields.ANYTHING)

    def problems(self) -> Iterable[Problem]:
        for index, nat in enumerate(self.ip_nats):
            if not any(nat.internal_ip in network for network in self.ip_networks):
                yield Problem(f"ipNATs[{index}].internalIP", str(nat.internal_ip), "must be one of ipNetworks")


@dataclasses.dataclass(frozen=True, slots=True)
class WorkloadEndpoint(Resource):
    """An interface of a container on the network."""

    spec: WorkloadEndpointSpec

    KIND: ClassVar[str] = "WorkloadEndpoint"
    PLURAL: ClassVar[str] = "workloadendpoints"
    SPEC: ClassVar[type[WorkloadEndpointSpec]] = WorkloadEndpointSpec
    NAMESPACED: ClassVar[bool] = True

    @property
    def host(self) -> str:
        """The node it lives on; by the name's first part, which is what upstream's Felix reads."""
        return split_name(self.name)[0]

    def problems(self) -> Iterable[Problem]:
        wanted = name_of(self.spec)
        if self.name != wanted:
            yield Problem(
                "metadata.name", self.name, f"must be {wanted}, made from node, orchestrator, workload and endpoint"
            )
        for label, value in forced_labels(self.metadata.namespace, self.spec.orchestrator).items():
            if self.metadata.labels.get(label) not in (value, None):
                yield Problem(f"metadata.labels[{label}]", self.metadata.labels[label], f"must be {value}")


def forced_labels(namespace: str | None, orchestrator: str) -> Mapping[str, str]:
    """The labels that every WorkloadEndpoint carries."""
    return {"projectcalico.org/namespace": namespace or "", "projectcalico.org/orchestrator": orchestrator}


def name_of(spec: WorkloadEndpointSpec) -> str:
    """``<node>-<orchestrator>-<x>-<endpoint>``, each part with its dashes doubled."""
    middle = getattr(spec, _MIDDLE.get(spec.orchestrator, "workload")) or ""
    if spec.orchestrator == ORCHESTRATOR:
        middle = "libnetwork"
    return "-".join(part.replace("-", "--") for part in (spec.node, spec.orchestrator, middle, spec.endpoint))


def split_name(name: str) -> tuple[str, ...]:
    """The parts of a WorkloadEndpoint's name, dashes single again."""
    return tuple(part.replace("\0", "-") for part in name.replace("--", "\0").split("-"))


def for_container(  # noqa: PLR0913 - keyword-only data of one record
    *,
    node: str,
    endpoint: str,
    interface: str | None,
    mac: str,
    addresses: Iterable[fields.Address],
    profiles: Iterable[str],
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> WorkloadEndpoint:
    """The WorkloadEndpoint of a Docker endpoint; ``endpoint`` is Docker's endpoint id. Raises Invalid."""
    spec = {
        "orchestrator": ORCHESTRATOR,
        "workload": "libnetwork",
        "node": node,
        "endpoint": endpoint,
        "interfaceName": interface,
        "mac": mac,
        "ipNetworks": [f"{address}/{address.max_prefixlen}" for address in addresses],
        "profiles": list(profiles),
    }
    metadata = {
        "name": name_of(schema.decode(WorkloadEndpointSpec, spec, strict=True)),
        "namespace": NAMESPACE,
        "labels": {**(labels or {}), **forced_labels(NAMESPACE, ORCHESTRATOR)},
        "annotations": dict(annotations or {}),
    }
    return WorkloadEndpoint.decode({"metadata": metadata, "spec": spec}, strict=True)
