"""Which of the node's services must be restarted, and why; decides only.

The reasons come from what runs, never from what an earlier task changed: a run that was cut off between
switching the image and restarting is completed by the next one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

# In the order of starting: Docker's driver answers first, the agent writes what BIRD reads.
UNITS = ("calico-libnetwork", "calico-agent", "calico-bird")

_OURS = re.compile(r"NODENAME|(ETCD|FELIX|CALICO)_\w+")
_ASSIGNMENT = re.compile(r"(\w+)=(.*)")
_ESCAPED = re.compile(r'\\(["\\`$])')


@dataclasses.dataclass(frozen=True, slots=True)
class Running:
    """A unit as it is: its file, systemd's view, and the process behind it."""

    file: str | None
    active: bool = False
    enabled: bool = False
    stale: bool = False  # systemd has not read the file since it changed
    root: object = None  # identity of the root directory of its process
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """A unit as it should be: its file, the root directory of the current image, the settings."""

    file: str
    root: object
    environment: Mapping[str, str]

    @property
    def has_settings(self) -> bool:
        return "\nEnvironmentFile=" in self.file


def restart_reason(running: Running, wanted: Wanted) -> str | None:
    """Why the unit must be started or restarted, or None."""
    if not running.active:
        return "does not run"
    if running.root != wanted.root:
        return "runs from another image"
    if running.file != wanted.file or running.stale:
        return "its unit file changed"
    if wanted.has_settings and settings(running.environment) != settings(wanted.environment):
        return "runs with other settings"
    return None


def pinned(file: str, link: str, tree: str) -> str:
    """The unit with the image itself as its root: systemd 252 (Debian 12) does not follow a link there."""
    return re.sub(rf"^RootDirectory={re.escape(link)}$", f"RootDirectory={tree}", file, flags=re.MULTILINE)


def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Those variables of a process that come from our environment file."""
    return {name: value for name, value in environment.items() if _OURS.fullmatch(name)}


def parse_environment(text: str) -> dict[str, str]:
    """Read an environment file as role ``node`` writes it: ``NAME="value"`` a line, escaped as for a shell."""
    found = {}
    for line in text.splitlines():
        match = _ASSIGNMENT.fullmatch(line.strip())
        if match:
            name, value = match.groups()
            quoted = len(value) > 1 and value[0] == value[-1] == '"'
            found[name] = _ESCAPED.sub(r"\1", value[1:-1]) if quoted else value
    return found


def parse_show(text: str) -> dict[str, dict[str, str]]:
    """Read the output of ``systemctl show UNIT...``: properties by unit."""
    blocks = (dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in text.split("\n\n"))
    return {block["Id"].removesuffix(".service"): block for block in blocks if "Id" in block}
