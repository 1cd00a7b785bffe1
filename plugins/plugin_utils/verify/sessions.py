"""Whether every BGP session of a host is up, and whether it has those that the inventory asks for."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from . import designs, reading, rows

TITLE = "BGP sessions"


def check(host: str, node: str, result: reading.Result, design: designs.Design | None) -> Iterable[rows.Row]:
    """From the result of ``calicoctl node status -o json``."""
    found = reading.sessions(result)
    if found is None:
        return [rows.failed(host, TITLE, f"BIRD tells no sessions: {reading.complaint(result)}")]
    missing = _missing(found, node, design)
    bad = [rows.failed(host, TITLE, _words(one)) for one in found if not one.established]
    bad += [rows.failed(host, TITLE, text) for text in missing]
    if not found and not missing and design is not None and len(design.datastore.nodes) > 1:
        bad.append(
            rows.failed(host, TITLE, "there is none: is the mesh off (bgp_configuration), and no bgp_peer for it?")
        )
    return rows.one_or_all(rows.Row(host, TITLE, differs=f"{len(found)} Established"), bad)


def strangers(found: Sequence[reading.Session], design: designs.Design) -> frozenset[reading.Address]:
    """The peers of a host that are no hosts."""
    hosts = {interface.ip for addresses in design.datastore.nodes.values() for interface in addresses.values()}
    return frozenset(ipaddress.ip_address(one.peer) for one in found if one.peer) - hosts


def _words(session: reading.Session) -> str:
    return f"with {session.peer} ({session.origin}) not Established: {session.info}"


def _missing(found: Sequence[reading.Session], node: str, design: designs.Design | None) -> list[str]:
    if design is None:
        return []
    there = {ipaddress.ip_address(one.peer) for one in found if one.peer}
    return [
        f"with {address} ({name}) is not configured: the inventory asks for it (preset {design.preset}); "
        "run calico.docker.site, then calico.docker.fabric"
        for address, name in design.peers(node).items()
        if address not in there
    ]
