"""A small language for packets and verdicts, so that a case is one line."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import (
    snapshot_builder,
    snapshots,
    verdict,
    workload_endpoints,
)
from tests.states import records

_NUMBERS = {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "icmp6": 58, "ipip": 4, "gre": 47, "udplite": 136}
_END = re.compile(r"\[?([0-9a-f.:]+?)\]?(?:#(\d+))?")


def packet(text: str) -> verdict.Packet:
    """``tcp 10.65.0.1#1000 > 10.65.0.2#80`` or ``icmp 10.65.0.1 > 10.65.0.2 8/0``."""
    protocol, source, _arrow, destination, *kind = text.split()
    (from_address, from_port), (to_address, to_port) = _end(source), _end(destination)
    icmp_type, icmp_code = map(int, kind[0].split("/")) if kind else (None, None)
    number = _NUMBERS[protocol]
    return verdict.Packet(number, from_address, to_address, from_port, to_port, icmp_type, icmp_code)


def snapshot(*changes: records.Change) -> snapshots.Snapshot:
    return snapshot_builder.build(changes, 1)


def key(number: int, node: str = "host1", namespace: str = "libnetwork") -> str:
    """The name in a snapshot of the endpoint ``records.endpoint(number)``."""
    return f"{namespace}/{node}-libnetwork-libnetwork-{number:064x}"


def endpoint(number: int, *, namespace: str = "libnetwork", node: str = "host1", **more: Any) -> records.Change:
    """An endpoint with any namespace and any field: ``metadata`` and the rest of the spec."""
    metadata = {"namespace": namespace, "labels": more.pop("labels", {})}
    spec = {
        "orchestrator": "libnetwork",
        "workload": "libnetwork",
        "node": node,
        "endpoint": f"{number:064x}",
        "interfaceName": f"cali{number}",
        "ipNetworks": [f"10.65.0.{number}/32", f"fd65::{number}/128"],
    }
    found = workload_endpoints.WorkloadEndpoint
    name = key(number, node, namespace).partition("/")[2]
    return records.raw(found.KIND, name, {**spec, **more}, metadata)


def rule(action: str, **fields: Any) -> dict[str, Any]:
    return {"action": action, **fields}


def said(steps: Iterable[verdict.Step]) -> list[str]:
    """The trail as lines: who, and the outcome."""
    return [f"{step}: {step.outcome}" for step in steps]


def _end(text: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int | None]:
    found = _END.fullmatch(text)
    assert found is not None, text
    return ipaddress.ip_address(found[1]), int(found[2]) if found[2] else None
