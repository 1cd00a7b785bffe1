"""The BGP sessions of a running BIRD, read from its control socket."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

from .bird_control import Control, Line

_PROTOCOL, _DETAIL = 1002, 1006
_ADDRESS = re.compile(r"\s+Neighbor address: (\S+)")
ESTABLISHED = "Established"


@dataclasses.dataclass(frozen=True, slots=True)
class Session:
    """A session; ``protocol`` is its name in BIRD, ``since`` local time, ``info`` the BGP state and the last error."""

    protocol: str
    peer: str
    state: str
    since: str
    info: str

    @property
    def established(self) -> bool:
        return self.state == "up" and self.info.startswith(ESTABLISHED)


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
        elif current and line.code == _DETAIL and (found := _ADDRESS.match(line.text)):
            current = dataclasses.replace(current, peer=found[1])
    if current:
        yield current


def _session(row: str) -> Session | None:
    """name, protocol, table, state, date, time, and the rest; None if it is no BGP."""
    words = row.split(None, 6)
    if len(words) < 6 or words[1] != "BGP":
        return None
    info = " ".join(words[6].split()) if len(words) > 6 else ""
    return Session(protocol=words[0], peer="", state=words[3], since=f"{words[4]} {words[5]}", info=info)
