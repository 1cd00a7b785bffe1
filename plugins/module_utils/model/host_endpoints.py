"""HostEndpoint: an interface of a host, or all of them, as a subject of policy."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import ClassVar

from . import endpoint_ports, fields, schema
from .errors import Problem
from .resources import Resource

ALL_INTERFACES = "*"
PORT: schema.Form[endpoint_ports.EndpointPort] = schema.struct(endpoint_ports.EndpointPort)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HostEndpointSpec:
    """The interface is that of ``interface_name``, ``*`` for all, or the one that has an expected address."""

    node: str = schema.member("node", fields.NAME, required=True)
    interface_name: str | None = schema.member(
        "interfaceName",
        fields.text(r"\*|[A-Za-z0-9_.-]{1,15}", "an interface name of 1 to 15 of A-Za-z0-9_.-, or * for all"),
    )
    expected_ips: tuple[fields.Address, ...] = schema.member("expectedIPs", fields.sequence(fields.ADDRESS), ())
    profiles: tuple[str, ...] = schema.member("profiles", fields.sequence(fields.NAME), ())
    ports: tuple[endpoint_ports.EndpointPort, ...] = schema.member("ports", fields.sequence(PORT), ())
    # Not of the record: what it says could not be read, so nothing but failsafes passes the interface (gate.py).
    denies: bool = False

    def problems(self) -> Iterable[Problem]:
        if not self.interface_name and not self.expected_ips:
            yield Problem("interfaceName", None, "give interfaceName or expectedIPs: nothing else tells the interface")


@dataclasses.dataclass(frozen=True, slots=True)
class HostEndpoint(Resource):
    """A host's interface."""

    spec: HostEndpointSpec

    KIND: ClassVar[str] = "HostEndpoint"
    PLURAL: ClassVar[str] = "hostendpoints"
    SPEC: ClassVar[type[HostEndpointSpec]] = HostEndpointSpec
