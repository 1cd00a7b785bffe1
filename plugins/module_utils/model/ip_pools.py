"""IPPool: a range of addresses for workloads, cut into blocks that hosts claim."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterable
from typing import ClassVar

from . import fields, schema
from .errors import Problem
from .resources import Resource

BLOCK_SIZES = {4: (20, 32, 26), 6: (116, 128, 122)}  # shortest, longest, default prefix length
_USUAL = ("Workload", "Tunnel")
LOAD_BALANCER = "LoadBalancer"
_RESERVED = (ipaddress.ip_network("169.254.0.0/16"), ipaddress.ip_network("fe80::/10"))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class IPPoolSpec:
    """Fields as in the Calico v3 API; defaults are written out, as upstream's schema does."""

    cidr: fields.Network = schema.member("cidr", fields.NETWORK, required=True)
    block_size: int = schema.member("blockSize", fields.integer(20, 128), 0)
    ipip_mode: str = schema.member("ipipMode", fields.choice("Never", "Always", "CrossSubnet"), "Never")
    vxlan_mode: str = schema.member("vxlanMode", fields.choice("Never", "Always", "CrossSubnet"), "Never")
    nat_outgoing: bool = schema.member("natOutgoing", fields.FLAG, False)
    disabled: bool = schema.member("disabled", fields.FLAG, False)
    disable_bgp_export: bool = schema.member("disableBGPExport", fields.FLAG, False)
    node_selector: str = schema.member("nodeSelector", fields.SELECTOR, "all()")
    namespace_selector: str | None = schema.member("namespaceSelector", fields.SELECTOR)
    allowed_uses: tuple[str, ...] = schema.member(
        "allowedUses", fields.sequence(fields.choice(*_USUAL, LOAD_BALANCER)), _USUAL
    )
    assignment_mode: str = schema.member("assignmentMode", fields.choice("Automatic", "Manual"), "Automatic")

    def __post_init__(self) -> None:
        if not self.block_size:
            object.__setattr__(self, "block_size", BLOCK_SIZES[self.cidr.version][2])
        if not self.allowed_uses:
            object.__setattr__(self, "allowed_uses", _USUAL)

    def problems(self) -> Iterable[Problem]:
        yield from self._size_problems()
        if self.ipip_mode != "Never" and self.vxlan_mode != "Never":
            yield Problem("vxlanMode", self.vxlan_mode, "only one of ipipMode and vxlanMode may be other than Never")
        if self.ipip_mode != "Never" and self.cidr.version == 6:
            yield Problem("ipipMode", self.ipip_mode, "must be Never for IPv6, IPIP carries only IPv4")
        if self.namespace_selector and "Tunnel" in self.allowed_uses:
            yield Problem("allowedUses", list(self.allowed_uses), "must not contain Tunnel with a namespaceSelector")
        if LOAD_BALANCER in self.allowed_uses:
            yield from self._load_balancer_problems()

    def _size_problems(self) -> Iterable[Problem]:
        shortest, longest, _default = BLOCK_SIZES[self.cidr.version]
        if not shortest <= self.block_size <= longest:
            yield Problem("blockSize", self.block_size, f"must be {shortest} to {longest} for IPv{self.cidr.version}")
        elif self.cidr.prefixlen > self.block_size and not self.disabled:
            yield Problem(
                "cidr", str(self.cidr), f"is smaller than one block; the prefix must be /{self.block_size} or shorter"
            )
        for reserved in _RESERVED:
            if overlap(self.cidr, reserved):
                yield Problem("cidr", str(self.cidr), f"must not overlap the link-local range {reserved}")

    def _load_balancer_problems(self) -> Iterable[Problem]:
        if set(self.allowed_uses) != {LOAD_BALANCER}:
            yield Problem("allowedUses", list(self.allowed_uses), f"must be {LOAD_BALANCER} alone, or not contain it")
        for name, value, wanted in (
            ("ipipMode", self.ipip_mode, "Never"),
            ("vxlanMode", self.vxlan_mode, "Never"),
            ("nodeSelector", self.node_selector, "all()"),
            ("disableBGPExport", self.disable_bgp_export, False),
        ):
            if value != wanted:
                yield Problem(name, value, f"must be {wanted} for a pool of use {LOAD_BALANCER}")


@dataclasses.dataclass(frozen=True, slots=True)
class IPPool(Resource):
    """A pool of workload addresses; its CIDR and block size never change."""

    spec: IPPoolSpec

    KIND: ClassVar[str] = "IPPool"
    PLURAL: ClassVar[str] = "ippools"
    SPEC: ClassVar[type[IPPoolSpec]] = IPPoolSpec


def is_tunnelled(pool: IPPoolSpec) -> bool:
    """Whether the fabric does not know all ways to the pool's addresses."""
    return (pool.ipip_mode, pool.vxlan_mode) != ("Never", "Never")


def overhead(pool: IPPoolSpec) -> int:
    """How many bytes of each packet a tunnel to the pool's addresses takes, at most."""
    if pool.vxlan_mode != "Never":
        return 50 if pool.cidr.version == 4 else 70  # outer IP, UDP, VXLAN and inner Ethernet headers (RFC 7348)
    return 20 if pool.ipip_mode != "Never" else 0


def overlap(one: fields.Network, other: fields.Network) -> bool:
    """True if the networks share an address; networks of different families never do."""
    return one.version == other.version and one.overlaps(other)


def overlap_problems(pools: Iterable[IPPool]) -> Iterable[Problem]:
    """Each pair of pools that share addresses."""
    seen: list[IPPool] = []
    for pool in pools:
        for other in seen:
            if overlap(pool.spec.cidr, other.spec.cidr):
                yield Problem(
                    "spec.cidr", str(pool.spec.cidr), f"pool {pool.name} overlaps pool {other.name} ({other.spec.cidr})"
                )
        seen.append(pool)


def change_problems(before: IPPool, after: IPPool) -> Iterable[Problem]:
    """The fields that a stored pool may not change."""
    if before.spec.cidr != after.spec.cidr:
        yield Problem(
            "spec.cidr", str(after.spec.cidr), f"may not change (stored: {before.spec.cidr}); make a new pool"
        )
    if before.spec.block_size != after.spec.block_size:
        yield Problem(
            "spec.blockSize",
            after.spec.block_size,
            f"may not change (stored: {before.spec.block_size}); make a new pool",
        )
    if (LOAD_BALANCER in before.spec.allowed_uses) != (LOAD_BALANCER in after.spec.allowed_uses):
        yield Problem(
            "spec.allowedUses",
            list(after.spec.allowed_uses),
            f"{LOAD_BALANCER} may not come or go (stored: {', '.join(before.spec.allowed_uses)}); make a new pool",
        )
