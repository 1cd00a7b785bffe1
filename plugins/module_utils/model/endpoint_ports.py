"""Named ports of an endpoint, which rules refer to."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from . import fields, ports, schema
from .errors import Problem


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EndpointPort:
    """A name for a port and its protocol."""

    name: str = schema.member("name", ports.NAME, required=True)
    protocol: ports.Protocol = schema.member("protocol", ports.PROTOCOL, required=True)
    port: int = schema.member("port", fields.integer(1, 65535), required=True)

    def problems(self) -> Iterable[Problem]:
        if not ports.has_ports(self.protocol):
            yield Problem("protocol", self.protocol, f"must be {', '.join(ports.WITH_PORTS)}: others have no ports")
