"""What was seen, read from the results that the tasks of role ``verify`` registered."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.plugin_utils import inventory

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface
Result = Mapping[str, Any]

_VERSIONS = (4, 6)
_DEFAULTS: Mapping[str, Network] = {
    "4": ipaddress.ip_network("0.0.0.0/0"),
    "6": ipaddress.ip_network("::/0"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Session:
    """A BGP session; ``info`` says why it is not up."""

    peer: str
    origin: str
    established: bool
    info: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Route:
    """A route of the kernel. ``kind`` is unicast, blackhole and the like."""

    destination: Network
    gateways: frozenset[Address]
    devices: frozenset[str]
    kind: str
    metric: int


@dataclasses.dataclass(frozen=True, slots=True)
class Pool:
    """What a pool's blocks need of the hosts."""

    cidr: Network
    tunnel: str  # Never, CrossSubnet, Always
    exported: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """A block of addresses, and the Node that owns it."""

    cidr: Network
    node: str


@dataclasses.dataclass(frozen=True, slots=True)
class Datastore:
    """The addresses of the Nodes by name and IP version, pools and blocks."""

    nodes: Mapping[str, Mapping[int, Interface]]
    pools: tuple[Pool, ...]
    blocks: tuple[Block, ...]

    def pool_of(self, block: Block) -> Pool | None:
        """The pool that a block is cut from; None if that pool is gone."""
        for pool in self.pools:
            if pool.cidr.version == block.cidr.version and block.cidr.network_address in pool.cidr:
                return pool
        return None


def was_skipped(result: object) -> bool:
    """Whether a task did not run: another tag was asked for, or the host did not answer before."""
    return not isinstance(result, Mapping) or bool(result.get("skipped"))


def complaint(result: Result) -> str:
    """What a task that failed says."""
    said = (result.get(key) for key in ("stderr", "module_stderr", "msg", "stdout"))
    return next((str(text).strip() for text in said if text and str(text).strip()), "no answer")


def sessions(result: Result) -> list[Session] | None:
    """What ``calicoctl node status -o json`` printed; None if it printed no sessions."""
    try:
        found = json.loads(result.get("stdout") or "")["sessions"]
    except (ValueError, KeyError, TypeError):
        return None
    return [_session(one) for one in found]


def _session(found: Result) -> Session:
    state = f"{found['state']} since {found['since']}"
    info = "" if found["established"] else f"{state}: {found['info']}" if found["info"] else state
    return Session(found["peer"], found["origin"], bool(found["established"]), info)


def routes(result: Result) -> list[Route] | None:
    """What ``ip -json route show`` printed for each IP version; None if it failed for one."""
    found: list[Route] = []
    for version, part in zip(_VERSIONS, result.get("results") or [result], strict=False):
        try:
            listed = json.loads(part.get("stdout") or ("[]" if part.get("rc") == 0 else ""))
        except ValueError:
            return None
        found += (_route(one, version) for one in listed)
    return found


def _route(found: Result, version: int) -> Route:
    hops = found.get("nexthops") or [found]
    text = str(found["dst"])
    return Route(
        destination=_DEFAULTS[str(version)] if text == "default" else ipaddress.ip_network(text, strict=False),
        gateways=frozenset(_gateways(hops)),
        devices=frozenset(str(hop["dev"]) for hop in hops if "dev" in hop),
        kind=str(found.get("type", "unicast")),
        metric=int(found.get("metric", 0)),
    )


def _gateways(hops: Iterable[Result]) -> Iterator[Address]:
    for hop in hops:
        gateway = hop.get("gateway") or (hop.get("via") or {}).get("host")
        if gateway:
            yield ipaddress.ip_address(str(gateway))


def neighbours(result: Result) -> Mapping[Address, str]:
    """The link-layer addresses that ``ip -json -6 neighbour show`` printed; none if it failed."""
    try:
        listed = json.loads(result.get("stdout") or "[]")
    except ValueError:
        return {}
    return {ipaddress.ip_address(one["dst"]): one["lladdr"] for one in listed if "lladdr" in one}


def datastore(usage: Result, stored: Result) -> Datastore:
    """What ipam_info and resource_info returned."""
    resources = stored["resources"]
    return Datastore(
        nodes={one["metadata"]["name"]: _addresses(one["spec"]) for one in resources if one["kind"] == "Node"},
        pools=tuple(_pool(one["spec"]) for one in resources if one["kind"] == "IPPool"),
        blocks=tuple(
            Block(ipaddress.ip_network(block["cidr"]), block["node"]) for block in usage["blocks"] if block["node"]
        ),
    )


def _addresses(spec: Result) -> Mapping[int, Interface]:
    bgp = spec.get("bgp") or {}
    stated = {version: bgp.get(f"ipv{version}Address") for version in _VERSIONS}
    return {version: ipaddress.ip_interface(text) for version, text in stated.items() if text}


def _pool(spec: Result) -> Pool:
    modes = {spec.get("vxlanMode") or "Never", spec.get("ipipMode") or "Never"} - {"Never"}
    return Pool(ipaddress.ip_network(spec["cidr"]), next(iter(modes), "Never"), not spec.get("disableBGPExport", False))


def node_names(hosts: inventory.Hosts, names: Iterable[str]) -> Mapping[str, str]:
    """The Node of each host."""
    return {name: inventory.node_name(name, hosts[name]) for name in names}
