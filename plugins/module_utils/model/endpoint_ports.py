"""Named ports of an endpoint, which rules refer to."""

from __future__ import annotations

import dataclasses

from . import fields, rules, schema


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EndpointPort:
    """A name for a port and its protocol."""

    name: str = schema.member("name", fields.text(r"[A-Za-z0-9_.-]{1,128}", "a port name"), required=True)
    protocol: rules.Protocol = schema.member("protocol", rules.PROTOCOL, required=True)
    port: int = schema.member("port", fields.integer(1, 65535), required=True)
