"""Hosts, routers and settings of a fabric, read from the variables of the inventory."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_numbers, errors, fields, ip_pools, schema
from ansible_collections.calico.docker.plugins.plugin_utils import inventory

T = TypeVar("T")
Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface

MESH, TOR_EBGP, TOR_IBGP, REFLECTORS = "mesh", "tor_ebgp", "tor_ibgp", "rr"
PRESETS = (MESH, TOR_EBGP, TOR_IBGP, REFLECTORS)
PLATFORMS = ("frr", "bird", "eos", "nxos", "junos")
_DEFAULT_AS = 64512
# What every platform takes on a line of its configuration.
_NAME = fields.text(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", "letters, digits, '_', '.' and '-', at most 63")
_PASSWORDS = re.compile(r"[A-Za-z0-9!$%&()*+,./:;<=>@^_{|}~-]{1,80}")
_BFD_INTERVALS = fields.integer(10, 60000)
_BFD_MULTIPLIERS = fields.integer(2, 255)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A Docker host. ``interfaces`` are its addresses by IP version."""

    name: str
    node: str
    rack: str | None
    as_number: int
    interfaces: Mapping[int, Interface]
    cluster_id: str | None
    reflector: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Uplink:
    """A peer of a router towards the rest of the fabric."""

    name: str
    address: fields.Address
    as_number: int
    password: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """A router of the fabric that hosts peer with: its addresses by rack and IP version."""

    name: str
    platform: str
    as_number: int
    racks: Mapping[str, Mapping[int, Interface]]
    router_id: str
    secret: tuple[str, str] | None
    password: str | None
    uplinks: tuple[Uplink, ...]

    @property
    def addresses(self) -> Iterator[Interface]:
        return (interface for found in self.racks.values() for interface in found.values())


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fabric:
    """What is common, the hosts and the routers, and what could not be read."""

    preset: str
    as_number: int
    pools: tuple[ip_pools.IPPoolSpec, ...]
    bfd: tuple[int, int] | None
    maximum_prefixes: int
    hosts: tuple[Host, ...]
    routers: tuple[Router, ...]
    problems: tuple[str, ...]

    @property
    def versions(self) -> tuple[int, ...]:
        """The IP versions that containers have."""
        return tuple(version for version in (4, 6) if any(pool.cidr.version == version for pool in self.pools))


def read(hosts: inventory.Hosts, groups: inventory.Groups) -> Fabric:
    """The fabric of an inventory: groups ``calico_node`` and ``calico_router``."""
    reader = _Reader()
    names = [*groups.get("calico_node", ())]
    common = hosts[names[0]] if names else {}
    as_number = reader.value("calico_as_number", bgp_numbers.AS_NUMBER, common.get("calico_as_number", _DEFAULT_AS))
    return Fabric(
        preset=reader.choice("calico_fabric_preset", PRESETS, common.get("calico_fabric_preset", MESH)),
        as_number=as_number or _DEFAULT_AS,
        pools=tuple(reader.pools(common.get("calico_pools") or ())),
        bfd=reader.bfd(common.get("calico_fabric_bfd")),
        maximum_prefixes=reader.value(
            "calico_fabric_maximum_prefixes",
            fields.integer(1, 4294967295),
            common.get("calico_fabric_maximum_prefixes", 10000),
        )
        or 10000,
        hosts=tuple(reader.host(name, hosts[name], as_number or _DEFAULT_AS) for name in names),
        routers=tuple(reader.router(name, hosts[name]) for name in groups.get("calico_router", ())),
        problems=tuple(reader.problems),
    )


class _Reader:
    """Decodes values and notes the problems: host, variable, value, and what is allowed."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def value(self, place: str, form: schema.Form[T], value: object) -> T | None:
        """A value of a form; None, and a problem, if it is none."""
        try:
            return form.decode(value, True)
        except errors.Invalid as error:
            self.problems += map(str, error.under(place))
        return None

    def choice(self, place: str, allowed: tuple[str, ...], value: object) -> str:
        return self.value(place, fields.choice(*allowed), value) or allowed[0]

    def pools(self, listed: Iterable[Mapping[str, Any]]) -> Iterator[ip_pools.IPPoolSpec]:
        """What is wrong with a pool is told by inventory_problems."""
        for pool in listed:
            spec = {"cidr": pool.get("cidr")} | ({"blockSize": pool["block_size"]} if pool.get("block_size") else {})
            try:
                yield schema.decode(ip_pools.IPPoolSpec, spec, strict=True)
            except errors.Invalid:
                self.problems.append(f"calico_pools: {pool.get('cidr')!r} is refused: must be the CIDR of a pool")

    def bfd(self, given: Mapping[str, Any] | None) -> tuple[int, int] | None:
        if not given:
            return None
        interval = self.value("calico_fabric_bfd.interval_ms", _BFD_INTERVALS, given.get("interval_ms", 300))
        multiplier = self.value("calico_fabric_bfd.multiplier", _BFD_MULTIPLIERS, given.get("multiplier", 3))
        return (interval or 300, multiplier or 3)

    def host(self, name: str, variables: inventory.Vars, as_number: int) -> Host:
        place = f"host {name}: "
        own = variables.get("calico_node_as_number")
        cluster_id = variables.get("calico_node_route_reflector_cluster_id")
        if cluster_id is not None:
            self.value(f"{place}calico_node_route_reflector_cluster_id", fields.address(4), cluster_id)
        return Host(
            name=name,
            node=inventory.node_name(name, variables),
            rack=None if variables.get("calico_rack") is None else str(variables["calico_rack"]),
            as_number=self.value(f"{place}calico_node_as_number", bgp_numbers.AS_NUMBER, own) or as_number
            if own is not None
            else as_number,
            interfaces={
                version: interface
                for version in (4, 6)
                if (text := inventory.node_address(variables, version))
                and (
                    interface := self.value(f"{place}calico_node_ipv{version}_address", fields.interface(version), text)
                )
            },
            cluster_id=None if cluster_id is None else str(cluster_id),
            reflector=bool(variables.get("calico_route_reflector", cluster_id is not None)),
        )

    def router(self, name: str, variables: inventory.Vars) -> Router:
        place = f"host {name}: "
        self.value(f"{place}inventory_hostname", _NAME, name)
        racks = {
            str(rack): self._addresses(f"{place}calico_router_racks.{rack}.", found)
            for rack, found in (variables.get("calico_router_racks") or {}).items()
        }
        first = next((str(one.ip) for found in racks.values() for version, one in found.items() if version == 4), "")
        router_id = variables.get("calico_router_id", first)
        self.value(f"{place}calico_router_id", fields.address(4), router_id)
        secret, password = self._password(place, variables)
        as_number = variables.get("calico_router_as_number")
        return Router(
            name=name,
            platform=self.choice(f"{place}calico_router_platform", PLATFORMS, variables.get("calico_router_platform")),
            as_number=self.value(f"{place}calico_router_as_number", bgp_numbers.AS_NUMBER, as_number) or _DEFAULT_AS,
            racks=racks,
            router_id=str(router_id),
            secret=secret,
            password=password,
            uplinks=tuple(self._uplinks(place, variables.get("calico_router_uplinks") or ())),
        )

    def _addresses(self, place: str, given: Mapping[str, Any]) -> Mapping[int, Interface]:
        found = {}
        for version in (4, 6):
            text = given.get(f"ipv{version}_address")
            if text and (one := self.value(f"{place}ipv{version}_address", fields.interface(version), text)):
                found[version] = one
        return found

    def _uplinks(self, place: str, given: Iterable[Mapping[str, Any]]) -> Iterator[Uplink]:
        for index, uplink in enumerate(given):
            here = f"{place}calico_router_uplinks[{index}]."
            address = self.value(f"{here}address", fields.ADDRESS, uplink.get("address"))
            as_number = self.value(f"{here}as_number", bgp_numbers.AS_NUMBER, uplink.get("as_number"))
            name = self.value(f"{here}name", _NAME, uplink.get("name", f"uplink{index}"))
            password = uplink.get("password")
            if password is not None:
                self._refuse_password(f"{here}password", str(password))
            if address is not None and as_number is not None and name is not None:
                yield Uplink(name, address, as_number, password)

    def _password(self, place: str, variables: inventory.Vars) -> tuple[tuple[str, str] | None, str | None]:
        """The name of a router's password and the password itself, of calico_bgp_passwords."""
        named = variables.get("calico_router_password")
        if not named:
            return None, None
        secret, key = str(named.get("name")), str(named.get("key"))
        password = ((variables.get("calico_bgp_passwords") or {}).get(secret) or {}).get(key)
        if password is None:
            self.problems.append(
                f"{place}calico_router_password: {secret}.{key} is not in calico_bgp_passwords; put it there, "
                "where hosts and routers see it (group_vars/all, from a vault)"
            )
        else:
            self._refuse_password(f"{place}calico_router_password: {secret}.{key}", str(password))
        return (secret, key), password

    def _refuse_password(self, place: str, password: str) -> None:
        """Never shown."""
        if not _PASSWORDS.fullmatch(password):
            self.problems.append(
                f"{place}: is refused: must be 1 to 80 letters, digits or signs that every router takes, "
                "which spaces, quotes, brackets, '?', '#', backslash and backtick are not"
            )
