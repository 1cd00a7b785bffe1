"""The BGP sessions of a running BIRD, read from its control socket."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from typing import Any

from .bird_control import Control, Line

_PROTOCOL, _DETAIL = 1002, 1006
ESTABLISHED = "Established"
_TEXTS = {"Description": "description", "BGP state": "bgp_state", "Neighbor address": "peer", "Last error": "error"}
_NUMBERS = {"Neighbor AS": "peer_as", "Local AS": "local_as"}
_DETAIL_LINE = re.compile(r"\s+([A-Z][A-Za-z ]+?):\s+(.*\S)\s*")
_ROUTES = re.compile(r"(\d+) imported, (?:\d+ filtered, )?(\d+) exported")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session; ``protocol`` is its name in BIRD, ``since`` local time, ``error`` BIRD's word on why it is not up.

    ``description`` is what bird.conf says of it: the node or BGPPeer, and where its password is.
    """

    protocol: str
    state: str
    since: str
    peer: str = ""
    peer_as: int | None = None
    local_as: int | None = None
    bgp_state: str = ""
    error: str = ""
    description: str = ""
    routes_in: int = 0
    routes_out: int = 0
    is_restarting: bool = False  # the peer; its routes are kept meanwhile

    @property
    def established(self) -> bool:
        return self.state == "up" and self.bgp_state == ESTABLISHED


def read(control: Control) -> tuple[Session, ...]:
    """Every session, by name. Raises NotRunning, ControlError."""
    return tuple(sorted(sessions(control.ask("show protocols all")), key=lambda session: session.protocol))


def sessions(lines: Iterable[Line]) -> Iterator[Session]:
    """The sessions in a reply to ``show protocols all``."""
    current: Session | None = None
    for line in lines:
        if line.code == _PROTOCOL:
            if current:
                yield current
            current = _session(line.text)
        elif current and line.code == _DETAIL:
            current = dataclasses.replace(current, **_detail(line.text))
    if current:
        yield current


def _session(row: str) -> Session | None:
    """name, protocol, table, state, date, time, and the rest; None if it is no BGP."""
    words = row.split(None, 6)
    if len(words) < 6 or words[1] != "BGP":
        return None
    return Session(protocol=words[0], state=words[3], since=f"{words[4]} {words[5]}")


def _detail(text: str) -> dict[str, Any]:
    """What a further line says; a session has one channel, so its routes are those of the only one."""
    if text.strip() == "Neighbor graceful restart active":
        return {"is_restarting": True}
    found = _DETAIL_LINE.fullmatch(text)
    label, value = (found[1], found[2]) if found else ("", "")
    if label in _TEXTS:
        return {_TEXTS[label]: value}
    if label in _NUMBERS and value.isdigit():
        return {_NUMBERS[label]: int(value)}
    if label == "Routes" and (counts := _ROUTES.match(value)):
        return {"routes_in": int(counts[1]), "routes_out": int(counts[2])}
    return {}
