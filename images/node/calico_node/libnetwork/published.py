"""What ``docker run -p`` asks for, and which ports of the host that becomes. Pure.

A port of the host belongs to one container. The same port at one address of the host and at all of them is the same
here, as it is for processes that listen.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import itertools
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ports, profiles, schema
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.model.workload_endpoints import WorkloadEndpointPort

from . import forms
from .errors import Refused

PORT_MAP = "com.docker.network.portmap"
_PROTOCOLS = {number: name for name, number in ports.PROTOCOL_NUMBERS.items() if ports.has_ports(name)}
# Engines since 28 say that it is so in IPv6; older ones know one gateway only.
_OTHER_GATEWAY = "com.docker.network.driver.private.no_proxy_6to4"
_EVERYWHERE = {4: ipaddress.ip_address("0.0.0.0"), 6: ipaddress.ip_address("::")}
_IPV6_LOOPBACK = ipaddress.ip_address("::1")
_BOTH: Set[int] = frozenset({4, 6})
_PORT = fields.integer(0, 65535)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Binding:
    """An entry of the port map: one port of the container, and the first and last port of the host that will do."""

    protocol: int = schema.member("Proto", fields.integer(1, 255), required=True)
    port: int = schema.member("Port", fields.integer(1, 65535), required=True)
    host_ip: fields.Address | None = schema.member("HostIP", forms.ADDRESS)
    first: int = schema.member("HostPort", _PORT, 0)
    last: int = schema.member("HostPortEnd", _PORT, 0)


_BINDINGS = fields.sequence(schema.struct(_Binding))


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A port of the container, and which ports of the host will do: any, if the last is 0."""

    protocol: str
    port: int
    host_ip: fields.Address | None
    first: int
    last: int

    def __str__(self) -> str:
        """As people say it on the command line."""
        at = f"[{self.host_ip}]:" if self.host_ip and self.host_ip.version == 6 else f"{self.host_ip or ''}:"
        host = "" if not self.last else f"{self.first}:" if self.first == self.last else f"{self.first}-{self.last}:"
        return f"-p {at if self.host_ip else ''}{host}{self.port}/{self.protocol.lower()}"


# Why an endpoint cannot have a port of the host; None if it can.
Objection = Callable[[WorkloadEndpointPort], "str | None"]


def asked(options: Mapping[str, Any]) -> tuple[Asked, ...]:
    """The ports that an engine hands over for an endpoint. Raises Refused, Invalid."""
    try:
        listed = _BINDINGS.decode(options.get(PORT_MAP) or [], False)
    except Invalid as error:
        raise Invalid(error.under(PORT_MAP)) from None
    # Who will do with any port comes after those who want a certain one.
    return tuple(sorted(map(_asked, listed), key=lambda one: (one.last == 0, one.last - one.first, str(one))))


def has_other_gateway(options: Mapping[str, Any]) -> Set[int]:
    """The families in which another network of the container is its gateway, as far as engines tell."""
    return frozenset({6}) if options.get(_OTHER_GATEWAY) is True else frozenset()


def narrowed(wanted: Iterable[Asked], versions: Set[int], done: Set[int]) -> tuple[Asked, ...]:
    """What an endpoint with addresses of these families has to publish; another network has ``done`` some families.

    Raises Refused if it wants an address of a family that nobody has.
    """
    found = []
    for one in wanted:
        if one.host_ip is None:
            left = versions - done
            ends = [_EVERYWHERE[version] for version in sorted(left)]
            found += [one] if left == versions else [dataclasses.replace(one, host_ip=end) for end in ends]
        elif one.host_ip.version in versions - done:
            found.append(one)
        elif one.host_ip.version not in done:
            raise Refused(
                f"{one} is refused: the container has no IPv{one.host_ip.version} address on this network; "
                "publish at an address of the other family, or use a network of both"
            )
    return tuple(found)


def _asked(binding: _Binding) -> Asked:
    first, last = binding.first, max(binding.first, binding.last) if binding.first else 0
    if binding.protocol not in _PROTOCOLS:
        raise Refused(
            f"{PORT_MAP}: protocol {binding.protocol} is refused: must be one of {', '.join(_PROTOCOLS.values())}"
        )
    found = Asked(_PROTOCOLS[binding.protocol], binding.port, binding.host_ip, first, last)
    if found.host_ip == _IPV6_LOOPBACK:
        raise Refused(f"{found} is refused: the kernel leads nothing from ::1 to a container; use 127.0.0.1")
    return found


def chosen(
    wanted: Iterable[Asked], had: Iterable[WorkloadEndpointPort], objection: Objection, dynamic: range
) -> tuple[WorkloadEndpointPort, ...]:
    """The ports of the host that an endpoint gets; of those that will do, one that it ``had``, else the first free one.

    ``dynamic`` are those for whom any will do. Raises Refused, with what is in the way.
    """
    found: list[WorkloadEndpointPort] = []
    kept = tuple(had)
    for one in wanted:
        numbers = range(one.first, one.last + 1) if one.last else dynamic
        before = [port for port in kept if port.host_port in numbers and port == _published(one, port.host_port or 0)]
        others = (_published(one, number) for number in numbers)
        found.append(_first_free(one, itertools.chain(before, others), found, objection))
    return tuple(found)


def _first_free(
    one: Asked, candidates: Iterable[WorkloadEndpointPort], found: Iterable[WorkloadEndpointPort], objection: Objection
) -> WorkloadEndpointPort:
    problem = "no port is free"
    for port in candidates:
        clash = next((other for other in found if overlap(port, other)), None)
        problem_now = f"it leads to port {clash.port} already" if clash else objection(port)
        if problem_now is None:
            return port
        problem = f"port {port.host_port}/{port.protocol} of the host: {problem_now}"
    raise Refused(f"{one} is refused: {problem}", 409)


def _published(one: Asked, number: int) -> WorkloadEndpointPort:
    """With a name if others than the host may reach it, which policy and Profile can mention."""
    name = "" if one.host_ip is not None and one.host_ip.is_loopback else profiles.PUBLISHED_PORT
    return WorkloadEndpointPort(
        name=name, protocol=one.protocol, port=one.port, host_port=number, host_ip=_text(one.host_ip)
    )


def _text(address: fields.Address | None) -> str | None:
    return None if address is None else str(address)


def overlap(port: WorkloadEndpointPort, other: WorkloadEndpointPort, versions: Set[int] = _BOTH) -> bool:
    """Whether two ports of endpoints are the same port of the host, somewhere in the families that both have."""
    if (
        ports.protocol_number(port.protocol) != ports.protocol_number(other.protocol)
        or port.host_port != other.host_port
    ):
        return False
    places = ((one, two) for one in port.host_places for two in other.host_places)
    same = (one[0] for one, two in places if one[0] == two[0] and (one[1] == two[1] or None in (one[1], two[1])))
    return not versions.isdisjoint(same)
