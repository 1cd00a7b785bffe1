"""What the engine asks, typed: one class a body. Unknown fields are ignored, engines add some with each version."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import fields, schema

from . import forms


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """A call without arguments, or whose arguments do not matter."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RequestPool:
    """``pool`` is --subnet, ``sub_pool`` --ip-range, ``options`` --ipam-opt."""

    address_space: str = schema.member("AddressSpace", forms.WORD, "")
    pool: fields.Network | None = schema.member("Pool", forms.NETWORK)
    sub_pool: fields.Network | None = schema.member("SubPool", forms.NETWORK)
    options: Mapping[str, Any] = schema.member("Options", forms.MAP, {})
    v6: bool = schema.member("V6", fields.BOOLEAN, False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePool:
    """A network that is gone."""

    pool_id: str = schema.member("PoolID", forms.POOL_ID, required=True)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RequestAddress:
    """``address`` is --ip; a gateway is asked for by option."""

    pool_id: str = schema.member("PoolID", forms.POOL_ID, required=True)
    address: fields.Address | None = schema.member("Address", forms.ADDRESS)
    options: Mapping[str, Any] = schema.member("Options", forms.MAP, {})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAddress:
    """An address that no container has any more, or a network's gateway."""

    pool_id: str = schema.member("PoolID", forms.POOL_ID, required=True)
    address: fields.Address | None = schema.member("Address", forms.ADDRESS)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class IPAMData:
    """Where the addresses of a network come from."""

    address_space: str = schema.member("AddressSpace", forms.WORD, "")
    pool: fields.Network | None = schema.member("Pool", forms.NETWORK)
    aux_addresses: Mapping[str, fields.Address] = schema.member("AuxAddresses", forms.AUX, {})

    @property
    def subnet(self) -> fields.Network | None:
        """What --subnet says: the automatic pools are everything."""
        return None if self.pool is None or self.pool.prefixlen == 0 else self.pool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CreateNetwork:
    """A network without its name: that is known only later."""

    network_id: str = schema.member("NetworkID", forms.ID, required=True)
    options: Mapping[str, Any] = schema.member("Options", forms.MAP, {})
    ipv4_data: tuple[IPAMData, ...] = schema.member("IPv4Data", fields.sequence(schema.struct(IPAMData)), ())
    ipv6_data: tuple[IPAMData, ...] = schema.member("IPv6Data", fields.sequence(schema.struct(IPAMData)), ())


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OfNetwork:
    """DeleteNetwork."""

    network_id: str = schema.member("NetworkID", forms.ID, required=True)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """What the engine has chosen for an endpoint; an empty field is ours to choose."""

    address: fields.Address | None = schema.member("Address", forms.INTERFACE)
    address_ipv6: fields.Address | None = schema.member("AddressIPv6", forms.INTERFACE)
    mac_address: str | None = schema.member("MacAddress", forms.MAC)

    @property
    def addresses(self) -> tuple[fields.Address, ...]:
        return tuple(address for address in (self.address, self.address_ipv6) if address is not None)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CreateEndpoint:
    """A container's interface on a network; ``options`` are driver-opts and the engine's own."""

    network_id: str = schema.member("NetworkID", forms.ID, required=True)
    endpoint_id: str = schema.member("EndpointID", forms.ID, required=True)
    interface: Interface = schema.member("Interface", schema.struct(Interface), Interface())
    options: Mapping[str, Any] = schema.member("Options", forms.MAP, {})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """ProgramExternalConnectivity: the endpoint is its container's gateway; ``options`` are the engine's own."""

    network_id: str = schema.member("NetworkID", forms.ID, required=True)
    endpoint_id: str = schema.member("EndpointID", forms.ID, required=True)
    options: Mapping[str, Any] = schema.member("Options", forms.MAP, {})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OfEndpoint:
    """DeleteEndpoint, Leave, EndpointOperInfo, RevokeExternalConnectivity."""

    network_id: str = schema.member("NetworkID", forms.ID, required=True)
    endpoint_id: str = schema.member("EndpointID", forms.ID, required=True)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A container that is about to get the interface; ``sandbox_key`` is its network namespace."""

    network_id: str = schema.member("NetworkID", forms.ID, required=True)
    endpoint_id: str = schema.member("EndpointID", forms.ID, required=True)
    sandbox_key: str = schema.member("SandboxKey", forms.SANDBOX, "")
