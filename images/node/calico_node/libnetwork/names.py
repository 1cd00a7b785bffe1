"""Names of the engine's networks, kept on disk by id: an id keeps its name for good.

The engine brings back its containers before it answers at its socket, so it cannot be asked after a reboot.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pathlib
from typing import Protocol

from . import engine

_DRIVER = "calico"
_log = logging.getLogger(__name__)


class Engine(Protocol):
    """What is asked of the engine; see ``engine``."""

    def network(self, identity: str) -> engine.Network: ...
    def networks(self) -> tuple[engine.Network, ...]: ...


class Names:
    """A file for each network in ``directory``, named by the id, with the name in it."""

    def __init__(self, directory: pathlib.Path, engine: Engine) -> None:
        self._directory = directory
        self._engine = engine

    def of(self, identity: str) -> str:
        """The name of a network. Raises Refused if it is not known here and the engine cannot say."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if name := (self._directory / identity).read_text(encoding="utf-8"):
                return name
        name = self._engine.network(identity).name
        self._keep(identity, name)
        return name

    def learn(self) -> None:
        """Keep what the engine knows now: a network may get its first container when it starts. Raises Refused."""
        for network in self._engine.networks():
            if network.driver == _DRIVER and not (self._directory / network.identity).exists():
                self._keep(network.identity, network.name)

    def forget(self, identity: str) -> None:
        """The network is gone."""
        with contextlib.suppress(OSError):
            (self._directory / identity).unlink()

    def _keep(self, identity: str, name: str) -> None:
        # A name that cannot be kept costs a container its network after the next reboot, not its start now.
        part = self._directory / f".{identity}"
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8") as file:
                file.write(name)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._directory / identity)
        except OSError as error:
            _log.warning("the name of network %s cannot be kept for the next start of the engine: %s", name, error)
