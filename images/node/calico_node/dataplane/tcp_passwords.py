"""What the kernel dropped because its TCP password was not the one of its session: it tells nobody but its counters."""

from __future__ import annotations

import dataclasses
import pathlib

FILE = pathlib.Path("/proc/net/netstat")


@dataclasses.dataclass(frozen=True, slots=True)
class Dropped:
    """Segments since the boot: with another password than ours, without one, and with one where we have none."""

    wrong: int = 0
    missing: int = 0
    unexpected: int = 0


def read(path: pathlib.Path = FILE) -> Dropped:
    """The counters of this network namespace; zeroes from a kernel that has none."""
    try:
        lines = [line.split() for line in path.read_text().splitlines()]
    except OSError:
        return Dropped()
    counts: dict[str, int] = {}
    for names, values in zip(lines[::2], lines[1::2], strict=False):
        if names[:1] == ["TcpExt:"]:
            counts = {name: int(value) for name, value in zip(names[1:], values[1:], strict=False)}
    found = (counts.get(f"TCPMD5{name}", 0) for name in ("Failure", "NotFound", "Unexpected"))
    return Dropped(*found)
