"""Rules of policies and profiles: what they match and what they do (Calico v3 API, calico/libcalico-go validation)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any

from . import fields, schema, selectors
from .errors import Invalid, Problem
from .schema import Form

ACTIONS = ("Allow", "Deny", "Log", "Pass")
MAX_RULES = 1024
PROTOCOL_NUMBERS = {"TCP": 6, "UDP": 17, "ICMP": 1, "ICMPv6": 58, "SCTP": 132, "UDPLite": 136}
_PORT_PROTOCOLS = ("TCP", "UDP", "SCTP")
_PORT_RANGE = re.compile(r"([0-9]{1,5})(:([0-9]{1,5}))?")
_PORT_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_NAMESPACE = "projectcalico.org/namespace"
_SERVICE_ACCOUNT = "projectcalico.org/serviceaccount"

Protocol = str | int


@dataclasses.dataclass(frozen=True, slots=True)
class PortRange:
    """Ports ``low`` to ``high``, both included."""

    low: int
    high: int


Port = PortRange | str


def _decode_port(value: object, _strict: bool) -> Port:
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    numbers = _PORT_RANGE.fullmatch(text)
    if numbers:
        low = int(numbers.group(1))
        high = int(numbers.group(3) or low)
        if 1 <= low <= high <= 65535:
            return PortRange(low, high)
    elif _PORT_NAME.fullmatch(text) and not text.isdigit():
        return text
    raise Invalid.of(value, 'must be a port from 1 to 65535, a range "low:high" or a port name')


def _encode_port(port: Port) -> object:
    if isinstance(port, str):
        return port
    return port.low if port.low == port.high else f"{port.low}:{port.high}"


def _decode_protocol(value: object, _strict: bool) -> Protocol:
    if isinstance(value, str) and value in PROTOCOL_NUMBERS:
        return value
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= 255:
        return number
    raise Invalid.of(value, f"must be one of {', '.join(PROTOCOL_NUMBERS)} or a number from 1 to 255")


PORT: Form[Port] = Form(_decode_port, _encode_port)
PROTOCOL: Form[Protocol] = Form(_decode_protocol, lambda value: value)


def protocol_number(protocol: Protocol) -> int:
    """The IANA number of a protocol given by name or number."""
    return PROTOCOL_NUMBERS[protocol] if isinstance(protocol, str) else protocol


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ICMP:
    """ICMP type (0-254) and code (0-255); a code needs a type."""

    type: int | None = schema.member("type", fields.integer(0, 254))
    code: int | None = schema.member("code", fields.integer(0, 255))

    def problems(self) -> Iterable[Problem]:
        if self.code is not None and self.type is None:
            yield Problem("code", self.code, "needs a type beside it")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccounts:
    """Service accounts by name or by label."""

    names: tuple[str, ...] = schema.member("names", fields.sequence(fields.text()), ())
    selector: str | None = schema.member("selector", fields.SELECTOR)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One side of a rule (source or destination); all fields given must match."""

    selector: str | None = schema.member("selector", fields.SELECTOR)
    not_selector: str | None = schema.member("notSelector", fields.SELECTOR)
    namespace_selector: str | None = schema.member("namespaceSelector", fields.NAMESPACE_SELECTOR)
    service_accounts: ServiceAccounts | None = schema.member("serviceAccounts", schema.struct(ServiceAccounts))
    nets: tuple[fields.Network, ...] = schema.member("nets", fields.sequence(fields.NETWORK, 256), ())
    not_nets: tuple[fields.Network, ...] = schema.member("notNets", fields.sequence(fields.NETWORK, 256), ())
    ports: tuple[Port, ...] = schema.member("ports", fields.sequence(PORT, 50), ())
    not_ports: tuple[Port, ...] = schema.member("notPorts", fields.sequence(PORT, 50), ())

    def problems(self) -> Iterable[Problem]:
        for index, network in enumerate(self.not_nets):
            if network.prefixlen == 0:
                yield Problem(f"notNets[{index}]", str(network), "would match nothing; leave the rule out instead")

    def known_peers(self, namespace: str | None = None) -> selectors.Selector | None:
        """The selector a packet's peer must match; None if any address will do.

        ``namespace`` is the policy's, None for global policies and profiles: whatever selects endpoints in a
        NetworkPolicy, ``notSelector`` too, selects them there, unless namespaceSelector says where else.
        namespaceSelector keys gain ``pcns.``, ``global()`` means without a namespace, service accounts match by label.
        """
        parts: list[selectors.Selector] = []
        if self.service_accounts:
            parts.extend(_service_account_parts(self.service_accounts))
        if self.selector:
            parts.append(selectors.parse(self.selector))
        if self.namespace_selector:
            parts.insert(0, _namespace_part(self.namespace_selector))
        elif namespace is not None and (parts or self.not_selector):
            parts.insert(0, selectors.Compare(_NAMESPACE, "==", namespace))
        return selectors.conjunction(*parts) if parts else None

    def excluded_peers(self) -> selectors.Selector | None:
        """The selector of ``notSelector``; None if absent."""
        return selectors.parse(self.not_selector) if self.not_selector else None


def _namespace_part(text: str) -> selectors.Selector:
    tree = selectors.parse_namespace_selector(text)
    if isinstance(tree, selectors.Global):
        return selectors.Not(selectors.Has(_NAMESPACE))
    return selectors.substitute(tree, prefix="pcns.", everything=selectors.Has(_NAMESPACE))


def _service_account_parts(accounts: ServiceAccounts) -> Iterable[selectors.Selector]:
    if accounts.names:
        yield selectors.In(_SERVICE_ACCOUNT, frozenset(accounts.names), negated=False)
    if accounts.selector:
        yield selectors.substitute(selectors.parse(accounts.selector), prefix="pcsa.")


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
    metadata: Any = schema.member("metadata", fields.ANYTHING)

    def problems(self) -> Iterable[Problem]:
        if self.ip_version == 5:
            yield Problem("ipVersion", 5, "must be 4 or 6")
        yield from self._icmp_problems()
        yield from self._port_problems()
        for side in ("source", "destination"):
            peer: Peer = getattr(self, side)
            versions = {network.version for network in (*peer.nets, *peer.not_nets)}
            if len(versions) > 1 or (self.ip_version and versions - {self.ip_version}):
                nets = [str(network) for network in (*peer.nets, *peer.not_nets)]
                yield Problem(f"{side}.nets", nets, "must all be of one IP family, that of ipVersion if given")

    def _icmp_problems(self) -> Iterable[Problem]:
        if self.icmp is not None and self.protocol not in ("ICMP", "ICMPv6", 1, 58):
            yield Problem("protocol", self.protocol, "must be ICMP or ICMPv6 when icmp is given")
        for name, value in (("protocol", self.protocol), ("notProtocol", self.not_protocol)):
            family = {"ICMP": 4, "ICMPv6": 6}.get(value) if isinstance(value, str) else None
            if family and self.ip_version and family != self.ip_version:
                yield Problem(name, value, f"does not exist in IPv{self.ip_version}")

    def _port_problems(self) -> Iterable[Problem]:
        for side in ("source", "destination"):
            peer: Peer = getattr(self, side)
            for name, ports in (("ports", peer.ports), ("notPorts", peer.not_ports)):
                numeric = any(isinstance(port, PortRange) for port in ports)
                if ports and not self._has_ports() and (numeric or self.protocol is not None):
                    shown = [_encode_port(port) for port in ports]
                    yield Problem(f"{side}.{name}", shown, f"needs protocol {', '.join(_PORT_PROTOCOLS)}")

    def _has_ports(self) -> bool:
        return self.protocol in _PORT_PROTOCOLS or self.protocol in (6, 17, 132)

    def family(self) -> int | None:
        """4 or 6 if the rule can only match that family by ipVersion or protocol name; None for both."""
        names = {"ICMP": 4, "ICMPv6": 6}
        by_name = names.get(self.protocol) if isinstance(self.protocol, str) else None
        return self.ip_version or by_name


def _decode_rule(value: object, strict: bool) -> Rule:
    if isinstance(value, Mapping):
        _refuse_kubernetes(value)
    return schema.decode(Rule, value, strict=strict)


def _refuse_kubernetes(rule: Mapping[str, Any]) -> None:
    """Fields that would be dropped and so make the rule wider than it was written."""
    if rule.get("http") is not None:
        raise Invalid.of(rule["http"], "HTTP rules are not supported: the kernel does not see requests", "http")
    for side in ("source", "destination"):
        peer = rule.get(side)
        if isinstance(peer, Mapping) and peer.get("services") is not None:
            raise Invalid.of(peer["services"], "services exist only in Kubernetes", f"{side}.services")


RULES: Form[tuple[Rule, ...]] = fields.sequence(Form(_decode_rule, schema.encode, fields=Rule), MAX_RULES)
