"""The hosts that are registered in the store, and their variables; pure, used by the inventory plugin.

Whoever may write to the store has written the records. So what is not valid is no host, and neither is one that has
Ansible's name of the machine it runs on: tasks that stay there would go to that host. Does not know what Ansible would
make of a text.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import gate, kinds, nodes

Variables = Mapping[str, Any]
# Another one, ::1, cannot be the name of a Node.
_CONTROLLER = frozenset({"localhost", "127.0.0.1"})


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """Variables by host, in JSON's types, and why other records are no hosts, each with its key."""

    hosts: Mapping[str, Variables]
    skipped: tuple[str, ...]


def read(records: Iterable[store.Record]) -> Found:
    """The hosts of the records below the prefix of Nodes."""
    hosts: dict[str, Variables] = {}
    skipped = []
    for record in records:
        admitted = _admitted(record)
        if isinstance(admitted.resource, nodes.Node):
            hosts[admitted.resource.name] = _variables(admitted.resource)
        else:
            skipped.append(_line(f"{record.key}: {admitted.reason}"))
    return Found(hosts, tuple(skipped))


def address(variables: Variables, preferred: int) -> str:
    """The address of the preferred IP version, else that of the other one, or ""."""
    stated = (variables[f"calico_node_ipv{version}_address"] for version in (preferred, 10 - preferred))
    return next((str(value).partition("/")[0] for value in stated if value), "")


def _admitted(record: store.Record) -> gate.Admitted:
    parts = kinds.parse_key(record.key)
    if parts is None:
        return gate.Admitted(None, "is not the key of a Node")
    if parts.name in _CONTROLLER:
        return gate.Admitted(None, "is Ansible's name of the machine that it runs on, so no host may have it")
    return gate.admit(parts, record.value)


def _variables(node: nodes.Node) -> Variables:
    """Addresses are what role ``node`` takes, and empty where there is none, lest the role takes the host's facts.

    What the role would write whole, labels for instance, has names that it does not know: an inventory from a cache
    would write back what was there an hour ago.
    """
    bgp = node.spec.bgp or nodes.NodeBGP()
    found: dict[str, Any] = {
        "calico_node_ipv4_address": str(bgp.ipv4_address or ""),
        "calico_node_ipv6_address": str(bgp.ipv6_address or ""),
        "calico_registered_labels": dict(node.metadata.labels),
    }
    if bgp.as_number is not None:
        found["calico_registered_as_number"] = bgp.as_number
    return found


def _line(text: str) -> str:
    """Keys and names are of whoever wrote the record: they stay on their line."""
    return text if text.isprintable() else repr(text)
