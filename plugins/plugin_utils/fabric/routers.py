"""The routers' end of the fabric's sessions: what the templates of role fabric print for each platform."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .reading import TOR_EBGP, TOR_IBGP, Fabric, Router

# What stands at the other end of a session.
HOST, UPLINK = "host", "uplink"


def contexts(fabric: Fabric) -> dict[str, dict[str, Any]]:
    """By router, plain values only; empty in presets without routers."""
    if fabric.preset not in (TOR_EBGP, TOR_IBGP):
        return {}
    return {router.name: _context(fabric, router) for router in fabric.routers}


def _context(fabric: Fabric, router: Router) -> dict[str, Any]:
    return {
        "name": router.name,
        "platform": router.platform,
        "as_number": router.as_number,
        "router_id": router.router_id,
        "internal": fabric.preset == TOR_IBGP,
        "maximum_prefixes": fabric.maximum_prefixes,
        "bfd": None if fabric.bfd is None else dict(zip(("interval", "multiplier"), fabric.bfd, strict=True)),
        "pools": [
            {
                "version": pool.cidr.version,
                "cidr": str(pool.cidr),
                # A block, or a single address that is not where its block is.
                "from": pool.block_size,
                "to": pool.cidr.max_prefixlen,
            }
            for pool in sorted(fabric.pools, key=lambda pool: pool.cidr.version)
        ],
        "neighbors": list(_neighbors(fabric, router)),
    }


def _neighbors(fabric: Fabric, router: Router) -> Iterator[dict[str, Any]]:
    for host in fabric.hosts:
        for version, interface in sorted(host.interfaces.items()):
            if version in router.racks.get(host.rack or "", {}):
                yield _neighbor(HOST, host.node, str(interface.ip), version, host.as_number, router.password)
    for uplink in router.uplinks:
        address, version = str(uplink.address), uplink.address.version
        yield _neighbor(UPLINK, uplink.name, address, version, uplink.as_number, uplink.password)


def _neighbor(kind: str, name: str, address: str, version: int, as_number: int, password: str | None) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": name,
        "address": address,
        "version": version,
        "as_number": as_number,
        "password": password,
    }
