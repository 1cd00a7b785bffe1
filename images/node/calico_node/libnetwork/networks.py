"""What the engine knows of its networks and the driver is never told, kept on disk by id: it does not change.

The engine brings back its containers before it answers at its socket, so it cannot be asked after a reboot.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import pathlib
import threading
from collections.abc import Mapping, Set
from typing import Any, Protocol

from ansible_collections.calico.docker.plugins.module_utils.model import fields, schema
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid

from . import engine, forms

_log = logging.getLogger(__name__)


class Engine(Protocol):
    """What is asked of the engine; see ``engine``."""

    def network(self, identity: str) -> engine.Network: ...
    def networks(self) -> tuple[engine.Network, ...]: ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A network: ``options`` are those of -o, ``labels`` those of --label, ``subnets`` those of --subnet."""

    name: str = schema.member("Name", fields.text(), required=True)
    internal: bool = schema.member("Internal", fields.BOOLEAN, False)
    options: Mapping[str, Any] = schema.member("Options", forms.MAP, {})
    labels: Mapping[str, Any] = schema.member("Labels", forms.MAP, {})
    subnets: tuple[fields.Network, ...] = schema.member("Subnets", fields.sequence(fields.NETWORK), ())


class Networks:
    """A file for each network in ``directory``, named by the id. Safe to share between threads."""

    def __init__(self, directory: pathlib.Path, engine: Engine) -> None:
        self._directory = directory
        self._engine = engine
        self._read: dict[str, Record] = {}
        self._announced: dict[str, tuple[fields.Network, ...]] = {}
        self._writing = threading.Lock()

    def of(self, identity: str) -> Record:
        """A network. Raises Refused if it is not known here and the engine cannot say."""
        return self._kept(identity) or self._former(identity) or self._keep(self._engine.network(identity))

    def learn(self) -> None:
        """Keep what the engine knows now: a network may get its first container when it starts. Raises Refused.

        And forget what it does not list any more: that a network is gone it says once, and maybe nobody heard it.
        """
        # Only those that were kept before it is asked. It had told of them already, and ids do not come again: they are
        # gone. One that it is just making may be missing from the answer, but is kept when it can tell of it: later.
        before = self._identities()
        networks = self._engine.networks()
        for identity in before - {network.identity for network in networks}:
            self.forget(identity)
            _log.info("network %s is forgotten: the engine does not list it any more", identity)
        for network in networks:
            if network.is_ours and self._kept(network.identity) is None:
                self._keep(network)

    def announce(self, identity: str, subnets: tuple[fields.Network, ...]) -> None:
        """The engine is about to make a network, of which it can say the rest later."""
        self._announced[identity] = subnets

    def subnets(self, *, beside: str = "") -> tuple[fields.Network, ...]:
        """Those of all networks of this host, but of ``beside``, as far as they are known."""
        kept = self._identities() - {beside}
        found = {identity: record.subnets for identity in kept if (record := self._kept(identity))}
        new = {identity: subnets for identity, subnets in tuple(self._announced.items()) if identity != beside}
        return tuple(subnet for subnets in (found | new).values() for subnet in subnets)

    def forget(self, identity: str) -> None:
        """The network is gone."""
        self._read.pop(identity, None)
        self._announced.pop(identity, None)
        with contextlib.suppress(OSError):
            (self._directory / identity).unlink()

    def _identities(self) -> Set[str]:
        return frozenset(path.name for path in self._directory.glob("[!.]*"))

    def _kept(self, identity: str) -> Record | None:
        if identity not in self._read:
            try:
                self._read[identity] = schema.decode(Record, json.loads(self._text(identity)), strict=False)
            except (OSError, ValueError, RecursionError, Invalid):
                return None
        return self._read.get(identity)

    def _former(self, identity: str) -> Record | None:
        """What earlier versions kept is the name and no more; nor did they take any option."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if (text := self._text(identity)) and not text.startswith("{"):
                return Record(name=text)
        return None

    def _text(self, identity: str) -> str:
        return (self._directory / identity).read_text(encoding="utf-8")

    def _keep(self, network: engine.Network) -> Record:
        record = Record(
            name=network.name,
            internal=network.internal,
            options=network.options,
            labels=network.labels,
            subnets=network.subnets,
        )
        try:
            self._write(network.identity, record)
        except OSError as error:
            # It costs a container its network after the next reboot, not its start now.
            _log.warning("network %s cannot be kept for the next start of the engine: %s", network.name, error)
        return record

    def _write(self, identity: str, record: Record) -> None:
        """A whole file or none, whatever happens: containers that are a network's first ones mostly come together."""
        part = self._directory / f".{identity}"
        with self._writing:
            self._directory.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8") as file:
                json.dump(schema.encode(record), file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._directory / identity)
