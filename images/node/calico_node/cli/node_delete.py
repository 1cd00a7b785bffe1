"""``calicoctl node delete``: a host that is gone for good gives back all that it holds in the datastore."""

from __future__ import annotations

import argparse
import ipaddress

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import fields
from ansible_collections.calico.docker.plugins.module_utils.reconcile import decommissioning
from calico_node.dataplane import bird_control, bird_sessions
from calico_node.dataplane.errors import DataplaneError

from .context import Context
from .errors import CommandError

_SECONDS = 5.0


def run(arguments: argparse.Namespace, context: Context) -> None:
    """Release it and say what was. Raises CommandError if the host is there or unknown, Invalid, StoreError."""
    if not arguments.name:
        raise CommandError("name the node: calicoctl node delete NAME")
    with context.store(arguments) as opened:
        if not arguments.force:
            _refuse_neighbour(opened, arguments.name, context)
        answers = None if arguments.force else context.answers
        found = decommissioning.decommission(opened, arguments.name, context.clock.time(), answers=answers)
    if not found.changed:
        raise CommandError(f"there is no node {arguments.name}, and nothing is left of one")
    held = f"{len(found.endpoints)} endpoints, {len(found.addresses)} addresses, {len(found.blocks)} blocks"
    context.stdout.write(f"Node {arguments.name} is deleted. Released: {held}.\n")


def _refuse_neighbour(opened: stores.Store, name: str, context: Context) -> None:
    """This host itself, and whoever BIRD has a session with, are not gone."""
    if context.environ.get("NODENAME") == name:
        raise CommandError(f"{name} is this host; to delete it all the same, use --force")
    try:
        sessions = bird_sessions.read(bird_control.Control(context.bird_socket, _SECONDS))
    except DataplaneError:
        return  # no host of the cluster, or BIRD is down: nothing is known
    up: set[fields.Address] = {ipaddress.ip_address(session.peer) for session in sessions if session.established}
    for address in decommissioning.addresses_of(opened, name):
        if address in up:
            raise CommandError(
                f"{name} is there: its BGP session with this host is established ({address}). Shut the host "
                "down first, the session ends after its hold time; to delete it all the same, use --force"
            )
