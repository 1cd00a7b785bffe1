"""All rows of a run, from the variables of all hosts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.calico.docker.plugins.plugin_utils import inventory
from ansible_collections.calico.docker.plugins.plugin_utils.fabric import reading as fabrics

from . import designs, probes, reading, routers, routes, rows, services, sessions

DATASTORE = "datastore answers"
# The datastore is asked in the play of the hosts.
_UNKNOWN = "not checked: no host of group etcd told Nodes and blocks (is a host of calico_node in this run?)"


def check(hosts: inventory.Hosts, groups: inventory.Groups, names: Sequence[str]) -> list[rows.Row]:
    """One row a check for the hosts of a run, in the order of names and of the checks."""
    nodes = [name for name in names if name in groups.get("calico_node", ())]
    found = [row for member in _members(hosts, nodes) for row in _of_datastore(member)]
    fabric, stored = fabrics.read(hosts, groups), _stored(hosts, nodes)
    design = None if stored is None else _design(hosts, groups, fabric, stored)
    for name in nodes:
        found += _of_host(name, hosts[name], design)
    for router in (one for one in fabric.routers if one.name in names):
        found += _of_router(router, hosts[router.name], design)
    return found


def _members(hosts: inventory.Hosts, nodes: Iterable[str]) -> Iterable[reading.Result]:
    """What each member of the datastore answered; asked once, so every host has the same."""
    result: reading.Result = next((hosts[name]["verify_usage"] for name in nodes if "verify_usage" in hosts[name]), {})
    return [] if reading.was_skipped(result) else result.get("results") or ()


def _of_datastore(member: reading.Result) -> Iterator[rows.Row]:
    name = str(member["item"])
    if "blocks" in member:
        yield rows.Row(name, DATASTORE)
    else:
        yield rows.failed(name, DATASTORE, f"{reading.complaint(member)}; see: systemctl status etcd")


def _stored(hosts: inventory.Hosts, nodes: Sequence[str]) -> reading.Datastore | None:
    for name in nodes:
        usage, stored = (hosts[name].get(f"verify_{part}") or {} for part in ("usage", "resources"))
        answers = zip(usage.get("results") or (), stored.get("results") or (), strict=False)
        for one, other in answers:
            if "blocks" in one and "resources" in other:
                return reading.datastore(one, other)
    return None


def _design(
    hosts: inventory.Hosts, groups: inventory.Groups, fabric: fabrics.Fabric, stored: reading.Datastore
) -> designs.Design:
    first = next(iter(groups.get("calico_node", ())), None)
    is_stated = first is not None and "calico_fabric_preset" in hosts[first]
    return designs.Design(
        preset=fabric.preset if is_stated else None,
        hosts={host.node: host for host in fabric.hosts},
        routers=fabric.routers,
        datastore=stored,
    )


def _of_host(name: str, variables: inventory.Vars, design: designs.Design | None) -> Iterator[rows.Row]:
    status = variables.get("verify_status") or {}
    yield from services.check(name, status)
    if "problems" not in status:
        return
    node = inventory.node_name(name, variables)
    told, kernel = variables.get("verify_sessions"), variables.get("verify_routes")
    if not reading.was_skipped(told):
        yield from sessions.check(name, node, told or {}, design)
    if not _is_skipped(kernel):
        yield from _routes(name, node, variables, design)
    seen = {part: variables.get(f"verify_{part}") or {} for part in ("started", "addresses", "pings")}
    if seen["started"]:
        yield from probes.check(name, seen, str(variables.get("calico_verify_network", "calico-verify")))


def _is_skipped(result: Any) -> bool:
    parts = (result.get("results") or [result]) if isinstance(result, Mapping) else [result]
    return all(reading.was_skipped(part) for part in parts)


def _routes(name: str, node: str, variables: inventory.Vars, design: designs.Design | None) -> Iterable[rows.Row]:
    kernel = routes.read(variables["verify_routes"], variables.get("verify_neighbours") or {})
    if design is None:
        return [rows.failed(name, routes.TITLE, _UNKNOWN)]
    if isinstance(kernel, str):
        return [rows.failed(name, routes.TITLE, kernel)]
    found = reading.sessions(variables.get("verify_sessions") or {}) or []
    return routes.check(name, node, kernel, design, sessions.strangers(found, design))


def _of_router(router: fabrics.Router, variables: inventory.Vars, design: designs.Design | None) -> Iterator[rows.Row]:
    told = variables.get("verify_router")
    if told is None:  # another tag was asked for
        return
    if reading.was_skipped(told):
        text = "not asked: not under Ansible (calico_router_manage), or neither FRR nor BIRD"
        yield rows.Row(router.name, routers.SESSIONS, rows.SKIPPED, text)
    elif told.get("unreachable"):
        text = f"Ansible does not reach the router: {reading.complaint(told)}"
        yield rows.failed(router.name, services.ANSWERS, text)
    elif design is None:
        yield rows.failed(router.name, routers.SESSIONS, _UNKNOWN)
    else:
        yield from routers.check_sessions(router, design, told)
        yield from _routes_of_router(router, variables, design)


def _routes_of_router(router: fabrics.Router, variables: inventory.Vars, design: designs.Design) -> Iterable[rows.Row]:
    kernel = routes.read(variables.get("verify_routes") or {}, variables.get("verify_neighbours") or {})
    if isinstance(kernel, str):
        return [rows.failed(router.name, routers.ROUTES, kernel)]
    return routers.check_routes(router, kernel, design)
