"""Real FRR routers in namespaces, told apart by FRR's pathspace; run with a configuration as role fabric writes it."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
from typing import Any

from .namespaces import Namespace, World
from .waiting import until

_DAEMONS = ("zebra", "bgpd", "bfdd")
_PROGRAMS = "/usr/lib/frr"


class Frr:
    """The daemons of one router."""

    def __init__(self, world: World, space: Namespace, directory: pathlib.Path) -> None:
        self.space = space
        self._world = world
        self._logs = directory
        directory.mkdir(parents=True)
        self._config = pathlib.Path("/etc/frr", space.name, "frr.conf")
        for path in (self._config.parent, pathlib.Path("/var/run/frr", space.name)):
            path.mkdir(parents=True, exist_ok=True)
            shutil.chown(path, "frr", "frr")
        self._config.with_name("vtysh.conf").touch()

    def start(self, text: str) -> None:
        """Check the configuration, and run it."""
        self._config.write_text(text)
        checked = subprocess.run(["vtysh", "-C", "-f", str(self._config)], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        for daemon in _DAEMONS:
            command = (f"{_PROGRAMS}/{daemon}", "--pathspace", self.space.name, "--vty_port", "0")
            self._world.spawn(self.space, *command, log=self._logs / f"{daemon}.log")
        until(self._answers)
        self._vtysh("-b")

    def ask(self, *words: str) -> Any:
        """The answer of a show command, which ends in json."""
        return json.loads(self._vtysh("-c", " ".join((*words, "json"))))

    def established(self) -> int:
        """How many sessions are up."""
        found = self.ask("show", "bgp", "summary")
        return sum(
            peer["state"] == "Established" for family in found.values() for peer in family.get("peers", {}).values()
        )

    def _answers(self) -> bool:
        """Whether every daemon does."""
        words = ("vtysh", "--pathspace", self.space.name, "-c", "show daemons")
        done = subprocess.run(self.space.command(*words), capture_output=True, text=True, check=False)
        return set(_DAEMONS) <= set(done.stdout.split())

    def _vtysh(self, *words: str) -> str:
        return self.space.run("vtysh", "--pathspace", self.space.name, *words)
