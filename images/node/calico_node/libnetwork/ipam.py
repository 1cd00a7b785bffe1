"""The IPAM driver: pools and addresses. Later calls carry only the pool's id, so it says all they need.

``CalicoPoolIPv4`` and ``CalicoPoolIPv6`` are the automatic pools; a CIDR is --subnet, a second one after a comma
--ip-range. None changes with a restart, so nothing is remembered.
"""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import logging
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import fields
from calico_node.ipam import allocate, pools
from calico_node.ipam import errors as ipam_errors

from . import endpoints, requests
from .errors import Refused

Answer = Mapping[str, Any]
LOCAL, GLOBAL = "CalicoLocalAddressSpace", "CalicoGlobalAddressSpace"
_AUTOMATIC = {"CalicoPoolIPv4": 4, "CalicoPoolIPv6": 6}
_WHOLE = {4: "0.0.0.0/0", 6: "::/0"}
_GATEWAY = "com.docker.network.gateway"
_log = logging.getLogger(__name__)


class IpamDriver:
    """Calls of the engine, each of which may be repeated."""

    def __init__(
        self,
        allocator: allocate.Allocator,
        known: endpoints.Endpoints,
        reclaim: Callable[[fields.Address], bool],
        subnets: Callable[[], tuple[fields.Network, ...]],
    ) -> None:
        self._allocator = allocator
        self._endpoints = known
        self._reclaim = reclaim
        self._subnets = subnets

    def get_capabilities(self, _request: requests.Nothing) -> Answer:
        return {"RequiresMACAddress": False, "RequiresRequestReplay": False}

    def get_default_address_spaces(self, _request: requests.Nothing) -> Answer:
        return {"LocalDefaultAddressSpace": LOCAL, "GlobalDefaultAddressSpace": GLOBAL}

    def request_pool(self, request: requests.RequestPool) -> Answer:
        version = 6 if request.v6 else 4
        _refuse_unknown(request, version)
        found = self._allocator.candidates(allocate.Wish(version, request.pool, range=request.sub_pool))
        _log.info("a network takes addresses of pool %s", ", ".join(map(str, found)))
        pool = _WHOLE[version] if request.pool is None else str(request.pool)
        identity = f"CalicoPoolIPv{version}" if request.pool is None else pool
        identity += f",{request.sub_pool}" if request.sub_pool else ""
        # With a gateway given here, the engine asks for no address to make one of.
        return {"PoolID": identity, "Pool": pool, "Data": {_GATEWAY: _WHOLE[version]}}

    def release_pool(self, _request: requests.ReleasePool) -> Answer:
        return {}

    def request_address(self, request: requests.RequestAddress) -> Answer:
        wish = _wish(request)
        if request.options.get("RequestAddressType") == _GATEWAY:
            # Our gateways are link-local and the same everywhere: nothing is taken from the pool.
            return {"Address": _WHOLE[wish.version] if wish.address is None else _host(wish.address)}
        if wish.subnet is None:
            # A container that has both networks can have no address of the other's subnet: see ``routes``.
            wish = dataclasses.replace(wish, spared=self._subnets())
        try:
            return {"Address": _host(self._allocator.assign(wish))}
        except ipam_errors.InUse:
            if wish.address is None or not self._reclaim(wish.address):
                raise
        return {"Address": _host(self._allocator.assign(wish))}

    def release_address(self, request: requests.ReleaseAddress) -> Answer:
        """What no container has; an address that an endpoint of this host still has is a late call's and stays."""
        if request.address is not None and not request.address.is_unspecified:
            self.give_back(request.address)
        return {}

    def give_back(self, address: fields.Address) -> None:
        """Free an address that no endpoint of this host has. Raises IPAMError, StoreError, Invalid."""
        if self._endpoints.holder_of(address) is not None:
            _log.warning("address %s is not released, an endpoint of this host has it", address)
        elif not self._allocator.release(address):
            _log.info("address %s was not held by a container of this host", address)


def _refuse_unknown(request: requests.RequestPool, version: int) -> None:
    if request.address_space not in (LOCAL, GLOBAL, ""):
        raise Refused(f"AddressSpace: {request.address_space!r} is refused: must be {LOCAL} or {GLOBAL}")
    if unknown := sorted(str(name) for name in request.options if not str(name).startswith("com.docker.")):
        names = ", ".join(unknown)
        raise Refused(f"--ipam-opt {names} is refused: the calico IPAM driver knows no options")
    if request.pool is not None and request.pool.version != version:
        raise Refused(f"Pool: {request.pool} is refused: must be an IPv{version} pool, as V6 says")
    if request.sub_pool is not None and (request.pool is None or not pools.within(request.sub_pool, request.pool)):
        where = "a --subnet that it is a part of" if request.pool is None else f"a part of --subnet {request.pool}"
        raise Refused(f"--ip-range {request.sub_pool} is refused: needs {where}")


def _wish(request: requests.RequestAddress) -> allocate.Wish:
    wish = wish_of(request.pool_id, request.address)
    if request.address is not None and request.address.version != wish.version:
        raise Refused(f"Address: {request.address} is refused: pool {request.pool_id} has IPv{wish.version} addresses")
    return wish


def wish_of(pool_id: str, address: fields.Address | None) -> allocate.Wish:
    """What a pool's id stands for."""
    if pool_id in _AUTOMATIC:
        return allocate.Wish(_AUTOMATIC[pool_id], None, address)
    networks: list[fields.Network] = []
    with contextlib.suppress(ValueError):
        networks = [ipaddress.ip_network(part) for part in pool_id.split(",", 1)]
    if not networks or not pools.within(networks[-1], networks[0]):
        known = ", ".join(_AUTOMATIC)
        raise Refused(f"PoolID: {pool_id!r} is refused: must be {known}, or what else RequestPool gave")
    subnet, *ranges = networks
    return allocate.Wish(subnet.version, subnet, address, ranges[0] if ranges else None)


def _host(address: fields.Address) -> str:
    return f"{address}/{address.max_prefixlen}"
