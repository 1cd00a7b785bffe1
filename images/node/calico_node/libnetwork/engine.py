"""What the driver asks of the container engine's API: networks, the endpoints on them, and whose they are.

Networks and the list of containers only: ``GET /containers/ID/json`` from within a callback deadlocks.
"""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import fields

from . import unix_http
from .errors import Refused

# Beside swarm the driver has a second name, with a tag: see decision 0018.
_DRIVERS = ("calico", "calico-swarm")
_ALWAYS = "none"  # the network that every engine has, and that nobody can make or remove


@dataclasses.dataclass(frozen=True, slots=True)
class Network:
    """A network of the engine; by the ids of its endpoints their addresses, and the names of their containers.

    ``options`` are those of -o, ``subnets`` those of --subnet.
    """

    identity: str
    name: str
    driver: str
    endpoints: Mapping[str, frozenset[fields.Address]]
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    internal: bool = False
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    subnets: tuple[fields.Network, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether this driver serves it."""
        return self.driver.partition(":")[0] in _DRIVERS


@dataclasses.dataclass(frozen=True, slots=True)
class Container:
    """A container, and the ids of the endpoints that it has for sure: none that is just joining."""

    identity: str
    name: str
    labels: Mapping[str, str]
    endpoints: frozenset[str] = frozenset()


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
        """Every network with its endpoints, or none at all: who is not listed is gone. Raises Refused."""
        status, listed = self._get("/networks")
        if status != 200 or not isinstance(listed, list):
            raise Refused(f"the engine does not list its networks: {_message(listed)}", 503)
        if all(document.get("Name") != _ALWAYS for document in listed):
            # An engine that cannot read its own store, as when it ends, says so to its log and lists what is left.
            raise Refused(f"the engine does not list all of its networks: network {_ALWAYS} is missing", 503)
        # The list itself leaves the endpoints out.
        return tuple(self.network(str(document["Id"])) for document in listed)

    def containers(self) -> tuple[Container, ...]:
        """Every container that runs, paused ones too. Raises Refused."""
        return self._containers("")

    def joining(self, network: str, endpoint: str) -> Container:
        """Whose endpoint it is, also while it joins and the container only starts. Raises Refused."""
        name = self.network(network).names.get(endpoint)
        if name is None:
            raise Refused(f"the engine does not say whose endpoint {endpoint} is", 503)
        filters = json.dumps({"name": [f"^/{re.escape(name)}$"]})
        found = self._containers(f"?all=1&filters={urllib.parse.quote(filters)}")
        if len(found) != 1:
            raise Refused(f"the engine knows {len(found)} containers of the name {name!r}", 503)
        return found[0]

    def _containers(self, query: str) -> tuple[Container, ...]:
        status, listed = self._get(f"/containers/json{query}")
        if status != 200 or not isinstance(listed, list):
            raise Refused(f"the engine does not list its containers: {_message(listed)}", 503)
        return tuple(map(_container, listed))

    def _get(self, target: str) -> tuple[int, Any]:
        try:
            return unix_http.call(self._path, "GET", target, timeout=self._timeout)
        except unix_http.Unreachable as error:
            raise Refused(f"the engine's API does not answer at {error}", 503) from error


def _network(document: Mapping[str, Any]) -> Network:
    entries = {str(entry["EndpointID"]): entry for entry in (document.get("Containers") or {}).values()}
    return Network(
        identity=str(document["Id"]),
        name=str(document["Name"]),
        driver=str(document.get("Driver")),
        endpoints={identity: frozenset(_addresses(entry)) for identity, entry in entries.items()},
        names={identity: str(entry.get("Name")) for identity, entry in entries.items()},
        internal=document.get("Internal") is True,
        options=_texts(document.get("Options")),
        labels=_texts(document.get("Labels")),
        subnets=tuple(_subnets(document)),
    )


def _subnets(document: Mapping[str, Any]) -> Iterator[fields.Network]:
    """Those that somebody asked for; without one our pools stand as the whole of IPv4 or IPv6."""
    for entry in (document.get("IPAM") or {}).get("Config") or ():
        with contextlib.suppress(ValueError):
            subnet = ipaddress.ip_network(str(entry.get("Subnet")), strict=False)
            if subnet.prefixlen:
                yield subnet


def _texts(document: Mapping[str, Any] | None) -> Mapping[str, str]:
    return {str(key): str(value) for key, value in (document or {}).items()}


def _container(document: Mapping[str, Any]) -> Container:
    # Further names are links: /other/alias.
    name = next((str(name)[1:] for name in document.get("Names") or () if str(name).rfind("/") == 0), "")
    networks = (document.get("NetworkSettings") or {}).get("Networks") or {}
    endpoints = frozenset(str(one.get("EndpointID")) for one in networks.values() if one and one.get("EndpointID"))
    return Container(str(document["Id"]), name, _texts(document.get("Labels")), endpoints)


def _addresses(entry: Mapping[str, Any]) -> Iterator[fields.Address]:
    for name in ("IPv4Address", "IPv6Address"):
        if entry.get(name):
            yield ipaddress.ip_interface(str(entry[name])).ip


def _message(document: object) -> str:
    return str(document.get("message", document)) if isinstance(document, Mapping) else str(document)
