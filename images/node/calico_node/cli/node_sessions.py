"""``calicoctl node status``: the BGP sessions, with what to do about those that are not up."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable
from typing import Any

from calico_node.dataplane import bird_control, bird_sessions, tcp_passwords
from calico_node.dataplane.bird_sessions import Session
from calico_node.dataplane.errors import DataplaneError

from . import bgp_words, tables
from .context import Context

_TYPES = {"mesh": "node-to-node mesh", "node": "node specific", "glob": "global"}
_KIND = re.compile(r"(mesh|node|glob)[46]_")
_HEADING = ("PEER ADDRESS", "PEER TYPE", "AS", "STATE", "SINCE", "IN", "OUT", "INFO")
_SECONDS = 5.0
_SHOWN = 3  # of a mesh that is down as a whole, some tell enough


def show(context: Context) -> Iterable[str]:
    """Print the sessions; what is wrong with them."""
    try:
        sessions, words = _read(context)
    except DataplaneError as error:
        context.stdout.write("\nBIRD is not running.\n")
        return [_silent(error)]
    for version in (4, 6):
        rows = [_row(session, words[session.protocol]) for session in sessions if _version(session) == version]
        table = tables.framed([_HEADING, *rows]) if rows else f"No IPv{version} peers found.\n"
        context.stdout.write(f"\nIPv{version} BGP status\n{table}")
    return _problems(sessions, words)


def show_json(context: Context) -> Iterable[str]:
    """Print the sessions for programs, nothing if BIRD does not run; what is wrong with them."""
    try:
        sessions, words = _read(context)
    except DataplaneError as error:
        return [_silent(error)]
    told = [_document(session, words[session.protocol]) for session in sessions]
    context.stdout.write(json.dumps({"sessions": told}, indent=2) + "\n")
    return _problems(sessions, words)


def _read(context: Context) -> tuple[tuple[Session, ...], dict[str, str]]:
    """The sessions, and what is to be said about each, by the name of its protocol."""
    sessions = bird_sessions.read(bird_control.Control(context.bird_socket, _SECONDS))
    dropped = tcp_passwords.read(context.tcp_counters)
    return sessions, {session.protocol: bgp_words.explain(session, dropped) for session in sessions}


def _silent(error: DataplaneError) -> str:
    return f"{error}; see: systemctl status calico-bird"


def _problems(sessions: Iterable[Session], words: dict[str, str]) -> Iterable[str]:
    down = [session for session in sessions if not session.established]
    if down:
        shown = [f"{session.peer} ({_origin(session)}): {words[session.protocol]}" for session in down[:_SHOWN]]
        more = [f"and {len(down) - _SHOWN} more"] if len(down) > _SHOWN else []
        yield f"{len(down)} of {len(words)} BGP sessions are not established: {'; '.join([*shown, *more])}"


def _origin(session: Session) -> str:
    """The node or the BGPPeer."""
    return session.description.partition(" password ")[0] or session.protocol


def _version(session: Session) -> int:
    return ipaddress.ip_address(session.peer).version


def _document(session: Session, words: str) -> dict[str, Any]:
    return {
        "peer": session.peer,
        "origin": _origin(session),
        "asNumber": session.peer_as,
        "established": session.established,
        "state": session.bgp_state,
        "since": session.since,
        "imported": session.routes_in,
        "exported": session.routes_out,
        "info": words,
    }


def _row(session: Session, words: str) -> tuple[str, ...]:
    kind = _KIND.match(session.protocol)
    return (
        session.peer,
        _TYPES[kind[1]] if kind else session.protocol,
        str(session.peer_as or ""),
        session.state,
        session.since,
        str(session.routes_in) if session.established else "-",
        str(session.routes_out) if session.established else "-",
        f"{session.bgp_state}: {words}" if words else session.bgp_state,
    )
