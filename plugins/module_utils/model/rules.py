"""Rules of policies and profiles: what they match and what they do (Calico v3 API, calico/libcalico-go validation)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from . import fields, names, schema
from .errors import Invalid, Problem
from .peers import Peer
from .ports import PORT, PROTOCOL, PROTOCOL_NUMBERS, WITH_PORTS, Port, PortRange, Protocol, has_ports, protocol_number
from .schema import Form

__all__ = [
    "ACTIONS",
    "ICMP",
    "MAX_RULES",
    "PORT",
    "PROTOCOL",
    "PROTOCOL_NUMBERS",
    "RULES",
    "Peer",
    "Port",
    "PortRange",
    "Protocol",
    "Rule",
    "protocol_number",
]

ACTIONS = ("Allow", "Deny", "Log", "Pass")
MAX_RULES = 1024
_SIDES = ("source", "destination")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ICMP:
    """ICMP type (0-254) and code (0-255); a code needs a type."""

    type: int | None = schema.member("type", fields.integer(0, 254))
    code: int | None = schema.member("code", fields.integer(0, 255))

    def problems(self) -> Iterable[Problem]:
        if self.code is not None and self.type is None:
            yield Problem("code", self.code, "needs a type beside it")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What people note on a rule."""

    annotations: Mapping[str, str] = schema.member("annotations", names.ANNOTATIONS, {})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: an action and everything that must match for it."""

    action: str = schema.member("action", fields.choice(*ACTIONS), required=True)
    ip_version: int | None = schema.member("ipVersion", fields.integer(4, 6))
    protocol: Protocol | None = schema.member("protocol", PROTOCOL)
    not_protocol: Protocol | None = schema.member("notProtocol", PROTOCOL)
    icmp: ICMP | None = schema.member("icmp", schema.struct(ICMP))
    not_icmp: ICMP | None = schema.member("notICMP", schema.struct(ICMP))
    source: Peer = schema.member("source", schema.struct(Peer), Peer())
    destination: Peer = schema.member("destination", schema.struct(Peer), Peer())
    metadata: Metadata | None = schema.member("metadata", schema.struct(Metadata))

    def problems(self) -> Iterable[Problem]:
        if self.ip_version == 5:
            yield Problem("ipVersion", 5, "must be 4 or 6")
        yield from self._icmp_problems()
        yield from self._port_problems()
        yield from self._family_problems()

    def _icmp_problems(self) -> Iterable[Problem]:
        if self.icmp is not None and self.protocol not in ("ICMP", "ICMPv6", 1, 58):
            yield Problem("protocol", self.protocol, "must be ICMP or ICMPv6 when icmp is given")
        for name, value in (("protocol", self.protocol), ("notProtocol", self.not_protocol)):
            family = {"ICMP": 4, "ICMPv6": 6}.get(value) if isinstance(value, str) else None
            if family and self.ip_version and family != self.ip_version:
                yield Problem(name, value, f"does not exist in IPv{self.ip_version}")

    def _port_problems(self) -> Iterable[Problem]:
        for side in _SIDES:
            peer: Peer = getattr(self, side)
            for name, ports in (("ports", peer.ports), ("notPorts", peer.not_ports)):
                numeric = any(isinstance(port, PortRange) for port in ports)
                shown = [PORT.encode(port) for port in ports]
                if ports and not has_ports(self.protocol) and (numeric or self.protocol is not None):
                    yield Problem(f"{side}.{name}", shown, f"needs protocol {', '.join(WITH_PORTS)}")
                if ports and side == "destination" and peer.services is not None:
                    yield Problem(f"{side}.{name}", shown, "is excluded by services, which has ports of its own")

    def _family_problems(self) -> Iterable[Problem]:
        """All networks of a rule are of one family, for no packet has two."""
        wanted = self.ip_version
        for side in _SIDES:
            peer: Peer = getattr(self, side)
            for name, nets in (("nets", peer.nets), ("notNets", peer.not_nets)):
                versions = {network.version for network in nets}
                if versions and versions != {wanted or min(versions)}:
                    allowed = "must all be of one IP family in a rule, that of ipVersion if given"
                    yield Problem(f"{side}.{name}", [str(network) for network in nets], allowed)
                wanted = wanted or min(versions, default=None)

    def family(self) -> int | None:
        """4 or 6 if the rule can only match that family by ipVersion or protocol name; None for both."""
        names = {"ICMP": 4, "ICMPv6": 6}
        by_name = names.get(self.protocol) if isinstance(self.protocol, str) else None
        return self.ip_version or by_name


def _decode_rule(value: object, strict: bool) -> Rule:
    # Left out it would make the rule wider than it was written.
    if isinstance(value, Mapping) and value.get("http") is not None:
        raise Invalid.of(value["http"], "HTTP rules are not supported: the kernel does not see requests", "http")
    return schema.decode(Rule, value, strict=strict)


RULES: Form[tuple[Rule, ...]] = fields.sequence(Form(_decode_rule, schema.encode, fields=Rule), MAX_RULES)


def service_problems(rules: Iterable[Rule], direction: str, *, namespaced: bool) -> Iterable[Problem]:
    """Where a policy's rules may not name services: on the policy's own side, and globally without a namespace."""
    own, other = ("destination", "source") if direction == "ingress" else ("source", "destination")
    for index, rule in enumerate(rules):
        mine, theirs = getattr(rule, own).services, getattr(rule, other).services
        if mine is not None:
            yield Problem(
                f"{direction}[{index}].{own}.services", mine.name, f"is only allowed on {direction}'s {other}"
            )
        if theirs is not None and theirs.namespace is None and not namespaced:
            yield Problem(f"{direction}[{index}].{other}.services.namespace", None, "the field is required here")
