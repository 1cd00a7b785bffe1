"""``calicoctl ipam check``: whether blocks, handles, affinities, endpoints and Docker agree, and their repair."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from calico_node.ipam import books, repair
from calico_node.ipam import errors as ipam_errors
from calico_node.ipam.findings import Finding
from calico_node.libnetwork import engine
from calico_node.libnetwork import errors as libnetwork_errors

from . import tables
from .context import Context
from .errors import CommandError

_HEADING = ("KIND", "WHAT", "WHY")
_ROUNDS = 3  # one repair may lay bare what another finding had hidden


def run(arguments: argparse.Namespace, context: Context) -> None:
    """Print what is wrong, and put right what is safe to with --repair.

    Raises CommandError if anything is or stays wrong, StoreError, Invalid.
    """
    if _present(context) is None:
        context.warn("Docker does not answer here, so nothing is known of its containers, and no address will be freed")
    with context.store(arguments) as opened:
        auditor = repair.Auditor(opened, lambda: _present(context), clock=context.clock)
        found = auditor.findings()
        _print(found, context)
        if found and arguments.repair:
            found = _repair(auditor, found, context)
            _print(found, context)
    if found:
        hint = (
            "of them stay: a person must decide" if arguments.repair else "wrong; --repair puts right what is safe to"
        )
        raise CommandError(f"{len(found)} {hint}")
    context.stdout.write("Blocks, handles, affinities and endpoints agree.\n")


def _print(found: Iterable[Finding], context: Context) -> None:
    rows = [(finding.kind, finding.subject, finding.text) for finding in found]
    if rows:
        context.stdout.write(tables.padded([_HEADING, *rows]))


def _repair(auditor: repair.Auditor, found: Iterable[Finding], context: Context) -> tuple[Finding, ...]:
    """What stays wrong."""
    for _round in range(_ROUNDS):
        outcomes = [_repaired(auditor, finding, context) for finding in found if finding.change is not None]
        found = auditor.findings()
        if not any(outcomes):
            break
    return tuple(found)


def _repaired(auditor: repair.Auditor, finding: Finding, context: Context) -> bool:
    try:
        done = auditor.repair(finding)
    except ipam_errors.Busy as error:
        context.warn(f"{finding.kind} {finding.subject}: {error}")
        return False
    if done:
        context.stdout.write(f"repaired: {finding.kind} {finding.subject}\n")
    return done


def _present(context: Context) -> books.Present | None:
    """What this host's engine says; None where calicoctl runs elsewhere or the engine is down."""
    node = context.environ.get("NODENAME")
    if not node:
        return None
    try:
        networks = engine.Engine(str(context.engine_socket)).networks()
    except libnetwork_errors.Refused:
        return None
    every = {identity: addresses for network in networks for identity, addresses in network.endpoints.items()}
    ours = [network for network in networks if network.is_ours]
    return books.Present(
        node=node,
        addresses=frozenset().union(*every.values()),
        known=every.keys(),
        endpoints={address: name for one in ours for name, some in one.endpoints.items() for address in some},
    )
