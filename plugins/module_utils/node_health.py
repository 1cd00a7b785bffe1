"""How a host of Calico does, by its services' own word. Private to this collection."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import node_probes


@dataclasses.dataclass(frozen=True, slots=True)
class Sockets:
    """Where the services answer."""

    agent: str
    driver: str
    bird: str


@dataclasses.dataclass(frozen=True, slots=True)
class Health:
    """What is wrong, in words, and all that the agent says."""

    problems: tuple[str, ...]
    status: Mapping[str, Any]


def ask(sockets: Sockets, seconds: float) -> Health:
    """Ask until nothing is wrong or the time is over; the last answer."""
    node_probes.wait(lambda: next(_problems(sockets), None), seconds)
    return Health(tuple(_problems(sockets)), node_probes.status(sockets.agent))


def _problems(sockets: Sockets) -> Iterator[str]:
    for name, missing in (
        ("calico-agent", node_probes.agent(sockets.agent)),
        ("calico-libnetwork", node_probes.driver(sockets.driver)),
        ("calico-bird", node_probes.bird(sockets.bird)),
    ):
        if missing is not None:
            yield f"{name}: {missing}"
    status = node_probes.status(sockets.agent)
    if status.get("ready") and not status.get("inSync"):
        yield "calico-agent: it does not reach the datastore"
    if status.get("ready"):
        yield from (f"calico-agent: {error}" for error in status.get("errors", []))
