"""``calicoctl node counters``: packets that met each rule of this host, and what staged policies would have done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from calico_node.libnetwork import unix_http

from . import tables
from .context import Context
from .errors import CommandError

_HEADING = ("POLICY", "DIRECTION", "RULE", "ACTION", "PACKETS", "BYTES")
_WOULD = {"Allow": "allowed", "Deny": "denied", "Pass": "passed on", None: "left to others"}
# The agent's own limit for listing the table is shorter.
_SECONDS = 30.0

Row = Mapping[str, Any]


def show(context: Context) -> None:
    """Print the agent's counters. Raises CommandError."""
    try:
        code, found = unix_http.call(str(context.agent_socket), "GET", "/counters", timeout=_SECONDS)
    except unix_http.Unreachable as error:
        raise CommandError(f"the agent does not answer at {error}; see: systemctl status calico-agent") from None
    if code != 200:
        raise CommandError(f"the agent answers {code}: {found.get('error') if isinstance(found, Mapping) else found}")
    context.stdout.write(tables.padded([_HEADING, *map(_cells, found["rules"])]))
    for title, lines in (("Staged policies", list(_staged(found["rules"]))), ("Dropped", list(_drops(found["drops"])))):
        if lines:
            context.stdout.write(f"\n{title}\n" + "".join(f"  {line}\n" for line in lines))


def _cells(row: Row) -> tuple[str, ...]:
    rule, action = ("-", "none") if row["rule"] is None else (str(row["rule"]), row["action"])
    shown = f"({action})" if row["staged"] else action
    return (_owner(row), row["direction"], rule, shown, str(row["packets"]), str(row["bytes"]))


def _owner(row: Row) -> str:
    return f"{row['kind']} {row['name']}"


def _staged(rows: Iterable[Row]) -> Iterator[str]:
    """What each staged policy would have done, a line a direction."""
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        if row["staged"] and row["action"] in _WOULD:
            done = sums.setdefault(f"{_owner(row)} {row['direction']}", dict.fromkeys(_WOULD.values(), 0))
            done[_WOULD[row["action"]]] += row["packets"]
    for subject, done in sums.items():
        yield f"{subject}: would have {', '.join(f'{what} {packets}' for what, packets in done.items())}"


def _drops(rows: Iterable[Row]) -> Iterator[str]:
    return (f"{row['reason']}: {row['packets']} packets, {row['bytes']} bytes" for row in rows)
