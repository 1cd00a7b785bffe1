"""The rules that keep containers off the datastore; pure, used by a filter."""

from __future__ import annotations

import ipaddress
import urllib.parse
from collections.abc import Iterable, Iterator
from typing import Any

_PORTS = (2379, 2380)  # etcd's for clients and for members
_VERSIONS = (4, 6)  # the networks of a rule are of one IP version

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def egress_rules(urls: Iterable[str]) -> list[dict[str, Any]]:
    """A rule for each IP version, as options of module policy. A URL with a name for a host has no part in it."""
    parts = [urllib.parse.urlsplit(url) for url in urls]
    ports = sorted({*_PORTS, *(part.port for part in parts if part.port)})
    addresses = {address for part in parts for address in _addresses(part.hostname or "")}
    rules = []
    for version in _VERSIONS:
        own = sorted(address for address in addresses if address.version == version)
        if own:
            rules.append(_deny([f"{address}/{address.max_prefixlen}" for address in own], ports))
    return rules


def _deny(nets: list[str], ports: Iterable[int]) -> dict[str, Any]:
    return {
        "action": "Deny",
        "protocol": "TCP",
        "destination": {"nets": nets, "ports": [str(port) for port in ports]},
    }


def _addresses(host: str) -> Iterator[Address]:
    try:
        yield ipaddress.ip_address(host)
    except ValueError:  # a name; docs/limitations.md says so
        return
