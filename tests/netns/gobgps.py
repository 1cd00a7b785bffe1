"""Real GoBGP daemons in namespaces."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from .namespaces import Namespace, World
from .waiting import until

_API = "127.0.0.1:50051"


class GoBgp:
    """One router."""

    def __init__(self, world: World, space: Namespace, directory: pathlib.Path) -> None:
        self.space = space
        self._world = world
        self._directory = directory
        directory.mkdir(parents=True)

    def start(self, config: str) -> None:
        """Run with a configuration (TOML) and wait until it answers."""
        path = self._directory / "gobgpd.conf"
        path.write_text(config)
        words = ("gobgpd", "-f", str(path), "--api-hosts", _API, "--log-plain")
        self._world.spawn(self.space, *words, log=self._directory / "log")
        until(lambda: self.space.succeeds("gobgp", "global"))

    def announce(self, *routes: str) -> None:
        for route in routes:
            self.space.run("gobgp", "global", "rib", "add", route, "-a", _family(route))

    def established(self) -> int:
        """How many sessions are up (6 is Established in GoBGP's API)."""
        return sum(peer["state"]["session_state"] == 6 for peer in self._ask("neighbor"))

    def paths(self, destination: str) -> list[dict[str, Any]]:
        """The paths to exactly this destination."""
        found = self._ask("global", "rib", "-a", _family(destination))
        paths: list[dict[str, Any]] = found.get(destination, [])
        return paths

    def _ask(self, *words: str) -> Any:
        return json.loads(self.space.run("gobgp", *words, "-j") or "{}")


def _family(route: str) -> str:
    return "ipv6" if ":" in route else "ipv4"
