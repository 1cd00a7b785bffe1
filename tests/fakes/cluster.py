"""The records of a small cluster, to start a store with, and a clock that only tests move."""

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import ip_pools, kinds, nodes, resources
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import keys

UID = "00000000-0000-4000-8000-000000000000"
CREATED = "2026-08-22T06:33:20Z"


def record(kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> tuple[str, store.Document]:
    """Key and document of a resource as some client stored it."""
    document = {"metadata": {"name": name, **metadata}, "spec": dict(spec)}
    resource = kinds.by_name(kind).decode({"kind": kind, **document}, strict=True)
    return resource.key, resource.created(uid=UID, timestamp=CREATED).encode()


def records(
    pools: Mapping[str, str | Mapping[str, Any]] | None = None,
    hosts: Iterable[str] = ("host1", "host2"),
    config: Mapping[str, Any] | None = None,
) -> dict[str, store.Document]:
    """Nodes, pools (by name: a CIDR, or a whole spec) and the settings of address management."""
    found = dict(record("Node", host, {"bgp": {"ipv4Address": "172.31.1.11/24"}}) for host in hosts)
    for name, spec in (pools or {}).items():
        found |= [record("IPPool", name, {"cidr": spec} if isinstance(spec, str) else spec)]
    return found | ({} if config is None else {keys.CONFIG: config})


def pool_key(name: str) -> str:
    return resources.key_of(ip_pools.IPPool, name)


def node_key(name: str) -> str:
    return resources.key_of(nodes.Node, name)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self, now: float = 1787380400.0) -> None:
        self.now = now
        self.naps = 0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.naps += 1
        self.now += seconds
