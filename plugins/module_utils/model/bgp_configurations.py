"""BGPConfiguration: the cluster's AS number, mesh, ports and advertisements."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, ClassVar

from . import fields, schema
from .errors import Problem
from .resources import Resource

DEFAULT = "default"
DEFAULT_AS_NUMBER = 64512
DEFAULT_LISTEN_PORT = 179
_ONLY_DEFAULT = {
    "as_number": "asNumber",
    "node_to_node_mesh_enabled": "nodeToNodeMeshEnabled",
    "node_mesh_max_restart_time": "nodeMeshMaxRestartTime",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BGPConfigurationSpec:
    """Absent fields mean Calico's defaults: mesh on, AS 64512, port 179."""

    log_severity_screen: str | None = schema.member("logSeverityScreen", fields.text())
    node_to_node_mesh_enabled: bool | None = schema.member("nodeToNodeMeshEnabled", fields.BOOLEAN)
    as_number: int | None = schema.member("asNumber", fields.AS_NUMBER)
    listen_port: int | None = schema.member("listenPort", fields.integer(1, 65535))
    bind_mode: str | None = schema.member("bindMode", fields.choice("None", "NodeIP"))
    communities: Any = schema.member("communities", fields.ANYTHING)
    prefix_advertisements: Any = schema.member("prefixAdvertisements", fields.ANYTHING)
    node_mesh_max_restart_time: str | None = schema.member("nodeMeshMaxRestartTime", fields.DURATION)
    ignored_interfaces: tuple[str, ...] = schema.member("ignoredInterfaces", fields.sequence(fields.text()), ())


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
