"""BGPConfiguration: the cluster's AS number, mesh, ports and advertisements."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, ClassVar

from . import bgp_annotations, bgp_numbers, bgp_secrets, fields, schema
from .errors import Problem
from .resources import Resource

DEFAULT = "default"
DEFAULT_AS_NUMBER = 64512
DEFAULT_LISTEN_PORT = 179
_ONLY_DEFAULT = {
    "as_number": "asNumber",
    "node_to_node_mesh_enabled": "nodeToNodeMeshEnabled",
    "node_mesh_max_restart_time": "nodeMeshMaxRestartTime",
    "node_mesh_password": "nodeMeshPassword",
    "service_cluster_ips": "serviceClusterIPs",
    "service_external_ips": "serviceExternalIPs",
    "service_load_balancer_ips": "serviceLoadBalancerIPs",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """A name for a community."""

    name: str = schema.member("name", fields.NAME, required=True)
    value: str = schema.member("value", bgp_numbers.COMMUNITY, required=True)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PrefixAdvertisement:
    """The communities, by name or value, of what is announced of a CIDR."""

    cidr: fields.Network = schema.member("cidr", fields.NETWORK, required=True)
    communities: tuple[str, ...] = schema.member("communities", fields.sequence(fields.text()), required=True)

    def problems(self) -> Iterable[Problem]:
        if not self.communities:
            yield Problem("communities", [], "must name at least one community")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BGPConfigurationSpec:
    """Absent fields mean Calico's defaults: mesh on, AS 64512, port 179."""

    log_severity_screen: str | None = schema.member("logSeverityScreen", fields.LOG_SEVERITY)
    node_to_node_mesh_enabled: bool | None = schema.member("nodeToNodeMeshEnabled", fields.BOOLEAN)
    as_number: int | None = schema.member("asNumber", bgp_numbers.AS_NUMBER)
    listen_port: int | None = schema.member("listenPort", fields.integer(1, 65535))
    bind_mode: str | None = schema.member("bindMode", fields.choice("None", "NodeIP"))
    communities: tuple[Community, ...] = schema.member("communities", fields.sequence(schema.struct(Community)), ())
    prefix_advertisements: tuple[PrefixAdvertisement, ...] = schema.member(
        "prefixAdvertisements", fields.sequence(schema.struct(PrefixAdvertisement)), ()
    )
    node_mesh_password: bgp_secrets.Password | None = schema.member("nodeMeshPassword", bgp_secrets.PASSWORD)
    node_mesh_max_restart_time: str | None = schema.member("nodeMeshMaxRestartTime", fields.DURATION)
    ignored_interfaces: tuple[str, ...] = schema.member("ignoredInterfaces", fields.sequence(fields.text()), ())
    program_cluster_routes: str | None = schema.member("programClusterRoutes", fields.text())
    ipv4_normal_route_priority: int | None = schema.member("ipv4NormalRoutePriority", fields.integer(1, 2147483646))
    ipv6_normal_route_priority: int | None = schema.member("ipv6NormalRoutePriority", fields.integer(1, 2147483646))
    service_cluster_ips: Any = schema.member("serviceClusterIPs", fields.ANYTHING)
    service_external_ips: Any = schema.member("serviceExternalIPs", fields.ANYTHING)
    service_load_balancer_ips: Any = schema.member("serviceLoadBalancerIPs", fields.ANYTHING)

    def problems(self) -> Iterable[Problem]:
        if self.communities and not self.prefix_advertisements:
            shown = [community.name for community in self.communities]
            yield Problem("communities", shown, "must be used in prefixAdvertisements, or left out")
        if self.node_to_node_mesh_enabled is False:
            for name, value in (
                ("nodeMeshPassword", self.node_mesh_password),
                ("nodeMeshMaxRestartTime", self.node_mesh_max_restart_time),
            ):
                if value is not None:
                    yield Problem(name, value, "needs nodeToNodeMeshEnabled")
        yield from self._unknown_communities()

    def _unknown_communities(self) -> Iterable[Problem]:
        named = {community.name for community in self.communities}
        for index, advertisement in enumerate(self.prefix_advertisements):
            for number, text in enumerate(advertisement.communities):
                if text not in named and not bgp_numbers.is_community(text):
                    field = f"prefixAdvertisements[{index}].communities[{number}]"
                    yield Problem(field, text, "must be a name from communities, or a community such as 64512:100")


@dataclasses.dataclass(frozen=True, slots=True)
class BGPConfiguration(Resource):
    """``default`` for the cluster; ``node.<name>`` overrides port and advertisements for one host."""

    spec: BGPConfigurationSpec

    KIND: ClassVar[str] = "BGPConfiguration"
    PLURAL: ClassVar[str] = "bgpconfigurations"
    SPEC: ClassVar[type[BGPConfigurationSpec]] = BGPConfigurationSpec

    def problems(self) -> Iterable[Problem]:
        if self.name == DEFAULT:
            return
        if not self.name.startswith("node."):
            yield Problem("metadata.name", self.name, "must be default or node.<node name>")
        for attribute, name in _ONLY_DEFAULT.items():
            if (value := getattr(self.spec, attribute)) is not None:
                yield Problem(f"spec.{name}", value, "may only be set in the BGPConfiguration named default")

    def refusals(self) -> Iterable[Problem]:
        return bgp_annotations.problems(self.metadata.annotations)
