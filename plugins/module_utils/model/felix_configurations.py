"""FelixConfiguration: settings of the agent, by Calico's names; unknown ones are left as they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import ClassVar

from . import fields, schema
from .errors import Problem
from .resources import Resource

DEFAULT = "default"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FelixConfigurationSpec:
    """Absent fields mean Calico's defaults (workload to host: Drop)."""

    default_endpoint_to_host_action: str | None = schema.member(
        "defaultEndpointToHostAction", fields.choice("Drop", "Return", "Accept")
    )
    reporting_interval: str | None = schema.member("reportingInterval", fields.DURATION)
    log_severity_screen: str | None = schema.member("logSeverityScreen", fields.text())
    ipv6_support: bool | None = schema.member("ipv6Support", fields.BOOLEAN)
    log_prefix: str | None = schema.member("logPrefix", fields.text(r"[ -~]{1,27}", "1 to 27 printable characters"))


@dataclasses.dataclass(frozen=True, slots=True)
class FelixConfiguration(Resource):
    """``default`` for the cluster, ``node.<name>`` for one host, which wins field by field."""

    spec: FelixConfigurationSpec

    KIND: ClassVar[str] = "FelixConfiguration"
    PLURAL: ClassVar[str] = "felixconfigurations"
    SPEC: ClassVar[type[FelixConfigurationSpec]] = FelixConfigurationSpec

    def problems(self) -> Iterable[Problem]:
        if self.name != DEFAULT and not self.name.startswith("node."):
            yield Problem("metadata.name", self.name, "must be default or node.<node name>")
