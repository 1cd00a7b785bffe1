"""What the driver asks of the container engine's API: the name of a network, and which endpoints it still knows.

Only networks: ``GET /containers/ID/json`` from within a callback deadlocks.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import fields

from . import unix_http
from .errors import Refused


@dataclasses.dataclass(frozen=True, slots=True)
class Network:
    """A network of the engine, and the addresses of its endpoints by their ids."""

    identity: str
    name: str
    driver: str
    endpoints: Mapping[str, frozenset[fields.Address]]


class Engine:
    """The API on the engine's socket."""

    def __init__(self, path: str, timeout: float = 5.0) -> None:
        self._path = path
        self._timeout = timeout

    def network(self, identity: str) -> Network:
        """A network by its id. Raises Refused."""
        status, document = self._get(f"/networks/{identity}")
        if status != 200:
            raise Refused(f"the engine does not know network {identity}: {_message(document)}", 503)
        return _network(document)

    def networks(self) -> tuple[Network, ...]:
        """Every network with its endpoints. Raises Refused."""
        status, listed = self._get("/networks")
        if status != 200 or not isinstance(listed, list):
            raise Refused(f"the engine does not list its networks: {_message(listed)}", 503)
        # The list itself leaves the endpoints out.
        return tuple(self.network(str(document["Id"])) for document in listed)

    def _get(self, target: str) -> tuple[int, Any]:
        try:
            return unix_http.call(self._path, "GET", target, timeout=self._timeout)
        except unix_http.Unreachable as error:
            raise Refused(f"the engine's API does not answer at {error}", 503) from error


def _network(document: Mapping[str, Any]) -> Network:
    containers = document.get("Containers") or {}
    endpoints = {str(entry["EndpointID"]): frozenset(_addresses(entry)) for entry in containers.values()}
    return Network(str(document["Id"]), str(document["Name"]), str(document.get("Driver")), endpoints)


def _addresses(entry: Mapping[str, Any]) -> Iterator[fields.Address]:
    for name in ("IPv4Address", "IPv6Address"):
        if entry.get(name):
            yield ipaddress.ip_interface(str(entry[name])).ip


def _message(document: object) -> str:
    return str(document.get("message", document)) if isinstance(document, Mapping) else str(document)
