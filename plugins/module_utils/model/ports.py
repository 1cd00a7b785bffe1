"""Protocols and ports as rules and endpoints name them."""

from __future__ import annotations

import dataclasses
import re

from .errors import Invalid
from .schema import Form

PROTOCOL_NUMBERS = {"TCP": 6, "UDP": 17, "ICMP": 1, "ICMPv6": 58, "SCTP": 132, "UDPLite": 136}
WITH_PORTS = ("TCP", "UDP", "SCTP")
_WITH_PORTS = frozenset({*WITH_PORTS, *(PROTOCOL_NUMBERS[name] for name in WITH_PORTS)})
_RANGE = re.compile(r"([0-9]{1,5})(:([0-9]{1,5}))?")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
# RFC 6335, as Kubernetes has it for the ports of endpoints
_SERVICE_NAME = re.compile(r"(?=.{1,15}\Z)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")

Protocol = str | int


@dataclasses.dataclass(frozen=True, slots=True)
class PortRange:
    """Ports ``low`` to ``high``, both included."""

    low: int
    high: int


Port = PortRange | str


def _decode_port(value: object, _strict: bool) -> Port:
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    numbers = _RANGE.fullmatch(text)
    if numbers:
        low = int(numbers.group(1))
        high = int(numbers.group(3) or low)
        if 1 <= low <= high <= 65535:
            return PortRange(low, high)
    elif _NAME.fullmatch(text) and not text.isdigit():
        return text
    raise Invalid.of(value, 'must be a port from 1 to 65535, a range "low:high" or a port name')


def _encode_port(port: Port) -> object:
    if isinstance(port, str):
        return port
    return port.low if port.low == port.high else f"{port.low}:{port.high}"


def _decode_protocol(value: object, _strict: bool) -> Protocol:
    if isinstance(value, str) and value in PROTOCOL_NUMBERS:
        return value
    number = int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}", value) else value
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= 255:
        return number
    raise Invalid.of(value, f"must be one of {', '.join(PROTOCOL_NUMBERS)} or a number from 1 to 255")


def _decode_name(value: object, strict: bool) -> str:
    """What older writers stored is read as rules may spell it."""
    if not isinstance(value, str) or not (_SERVICE_NAME if strict else _NAME).fullmatch(value):
        raise Invalid.of(value, "must be a port name: at most 15 of a-z0-9-, one letter at least, such as http-alt")
    return value


PORT: Form[Port] = Form(_decode_port, _encode_port)
PROTOCOL: Form[Protocol] = Form(_decode_protocol, lambda value: value)
NAME: Form[str] = Form(_decode_name, lambda value: value)


def protocol_number(protocol: Protocol) -> int:
    """The IANA number of a protocol given by name or number."""
    return PROTOCOL_NUMBERS[protocol] if isinstance(protocol, str) else protocol


def has_ports(protocol: Protocol | None) -> bool:
    """Whether Calico knows ports of the protocol: TCP, UDP and SCTP."""
    return protocol in _WITH_PORTS
