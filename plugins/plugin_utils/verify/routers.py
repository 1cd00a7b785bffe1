"""The other end: sessions and routes of a router under Ansible, which runs FRR or BIRD."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.plugin_utils.fabric import reading as fabrics

from . import designs, reading, routes, rows

SESSIONS, ROUTES = "BGP sessions", "routes to blocks"
_ESTABLISHED = "Established"
_BIRD_START = re.compile(r"^(?:1002-)?(\S+)\s+BGP\s")
_BIRD_DETAIL = re.compile(r"^(?:1006-)?\s+(BGP state|Neighbor address|Last error):\s+(.*\S)")


def check_sessions(router: fabrics.Router, design: designs.Design, result: reading.Result) -> Iterable[rows.Row]:
    """Planned by role fabric against the result of ``show bgp neighbors json`` or ``show protocols all``."""
    try:
        found = _frr(result) if router.platform == "frr" else _bird(result)
    except (ValueError, AttributeError):
        found = {}
    if not found:
        return [rows.failed(router.name, SESSIONS, f"{router.platform} tells no sessions: {reading.complaint(result)}")]
    wanted = list(design.neighbours(router))
    bad = [
        rows.failed(router.name, SESSIONS, f"with {address} ({name}) {text}")
        for address, name in wanted
        if (text := found.get(address, "is not configured: run calico.docker.fabric"))
    ]
    return rows.one_or_all(rows.Row(router.name, SESSIONS, differs=f"{len(wanted)} Established"), bad)


def check_routes(router: fabrics.Router, kernel: routes.Kernel, design: designs.Design) -> Iterable[rows.Row]:
    """Blocks of the router's racks lead to their hosts, those of other racks anywhere."""
    best = kernel.best()
    needed = [block for block in design.datastore.blocks if _is_needed(block, router, design)]
    bad = [
        rows.failed(router.name, ROUTES, text)
        for block in needed
        if (text := _difference(block, best.get(block.cidr), router, kernel, design))
    ]
    return rows.one_or_all(rows.Row(router.name, ROUTES, differs=f"{len(needed)} as designed"), bad)


def _is_needed(block: reading.Block, router: fabrics.Router, design: designs.Design) -> bool:
    """Tunnels and pools that are not announced are the hosts' own business; a router may have one IP version only."""
    pool, version = design.datastore.pool_of(block), block.cidr.version
    has_address = version in design.datastore.nodes.get(block.node, {})
    has_version = any(one.version == version for one in router.addresses)
    return pool is not None and pool.exported and pool.tunnel == "Never" and has_address and has_version


def _difference(
    block: reading.Block,
    route: reading.Route | None,
    router: fabrics.Router,
    kernel: routes.Kernel,
    design: designs.Design,
) -> str:
    owner, host = design.datastore.nodes[block.node][block.cidr.version], design.hosts.get(block.node)
    is_own = host is not None and host.rack in router.racks
    if route is not None and route.kind == "unicast" and not is_own:
        return ""
    return kernel.difference(block, route, designs.Hops({owner.ip}))


def _frr(result: reading.Result) -> Mapping[reading.Address, str]:
    """What is wrong with the session of each neighbour, "" for nothing."""
    told: Mapping[str, Any] = json.loads(result.get("stdout") or "{}")
    return {ipaddress.ip_address(address): _frr_words(one) for address, one in told.items() if _is_address(address)}


def _frr_words(told: Mapping[str, Any]) -> str:
    state = told.get("bgpState", "not known")
    if state == _ESTABLISHED:
        return ""
    if told.get("adminShutDown"):
        return "is shut down at the router by its administrator"
    reasons = [told.get("lastResetDueTo"), told.get("lastNotificationReason")]
    return _down(state, ", ".join(str(reason) for reason in reasons if reason))


def _bird(result: reading.Result) -> Mapping[reading.Address, str]:
    found: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in str(result.get("stdout") or "").splitlines():
        if start := _BIRD_START.match(line):
            current = found.setdefault(start[1], {})
        elif detail := _BIRD_DETAIL.match(line):
            current[detail[1]] = detail[2]
    peers = [one for one in found.values() if "Neighbor address" in one]
    return {ipaddress.ip_address(one["Neighbor address"]): _bird_words(one) for one in peers}


def _bird_words(told: Mapping[str, str]) -> str:
    state = told.get("BGP state", "not known")
    return "" if state == _ESTABLISHED else _down(state, told.get("Last error", ""))


def _down(state: str, reason: str) -> str:
    """A router keeps its last word for long: what holds now, the host's row tells."""
    last = f"the router's last word is: {reason}" if reason else "the router gives no reason"
    return f"not Established: {state}; {last}; do address, AS number and password agree at both ends?"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
