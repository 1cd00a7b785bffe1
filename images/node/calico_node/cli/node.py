"""``calicoctl node``: the agent's and BIRD's own word on how this host does, and what its rules have met."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import Any

from calico_node.libnetwork import unix_http

from . import node_counters, node_delete, node_ports, node_sessions
from .context import Context
from .errors import CommandError

_SECONDS = 5.0


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "action",
        choices=["status", "counters", "ports", "delete"],
        help="status: agent and BGP sessions of this host; counters: packets that met each rule of policy; "
        "ports: which ports of all hosts, or of one, lead to which containers; "
        "delete: release all that a host that is gone for good holds in the datastore, and remove its Node",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="with delete and ports: the node")
    parser.add_argument("--force", action="store_true", help="with delete: though the host seems to be there")
    parser.add_argument(
        "-o",
        "--output",
        choices=["ps", "json"],
        default="ps",
        help="with status: ps (default), or json: the BGP sessions",
    )


def run(arguments: argparse.Namespace, context: Context) -> None:
    """Print the state. Raises CommandError if anything is not as it should be, after printing everything."""
    if arguments.action == "delete":
        node_delete.run(arguments, context)
        return
    if arguments.force or (arguments.name and arguments.action != "ports"):
        raise CommandError(f"NAME and --force belong to: calicoctl node delete; {arguments.action} is of this host")
    if arguments.output != "ps" and arguments.action != "status":
        raise CommandError("--output belongs to: calicoctl node status")
    if arguments.action == "ports":
        node_ports.show(arguments, context)
        return
    if arguments.action == "counters":
        node_counters.show(context)
        return
    as_json = arguments.output == "json"
    problems = [*node_sessions.show_json(context)] if as_json else [*_agent(context), *node_sessions.show(context)]
    if problems:
        raise CommandError("; ".join(problems))


def _agent(context: Context) -> Iterable[str]:
    """Print the agent's part; what is wrong with it."""
    try:
        code, status = unix_http.call(str(context.agent_socket), "GET", "/status", timeout=_SECONDS)
    except unix_http.Unreachable as error:
        context.stdout.write("Calico agent is not running.\n")
        return [f"the agent does not answer at {error}; see: systemctl status calico-agent"]
    if code != 200 or not isinstance(status, Mapping):
        return [f"the agent answers {code}"]
    context.stdout.write("".join(f"{line}\n" for line in _agent_lines(status)))
    return _agent_problems(status)


def _agent_lines(status: Mapping[str, Any]) -> Iterable[str]:
    yield "Calico agent is running."
    yield f"Datastore: {'in sync' if status['inSync'] else 'out of reach'}, revision {status['revision']}"
    yield f"Last applied: {status['lastApply'] or 'never'}"
    for name, count in sorted(status.get("counts", {}).items()):
        yield f"  {name}: {count}"
    for name in ("errors", "warnings"):
        for text in status.get(name, []):
            yield f"{name[:-1].capitalize()}: {text}"
    for record in status.get("invalid", []):
        yield f"Invalid: {record['key']}: {record['reason']}"


def _agent_problems(status: Mapping[str, Any]) -> Iterable[str]:
    if not status["ready"]:
        yield "the agent has not programmed this host yet"
    if not status["inSync"]:
        yield "the agent does not reach the datastore"
    if status["errors"]:
        yield f"the agent reports {len(status['errors'])} error(s)"
