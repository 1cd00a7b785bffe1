"""A store written as YAML: resources as people write them, affinities as ``node: [block, ...]``."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import yaml

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_secrets, kinds, resources, snapshot_builder
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

BIRD = tuple(sorted((pathlib.Path(__file__).parent / "bird").iterdir()))


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    key: str
    value: bytes


def read(path: pathlib.Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def snapshot(content: dict[str, Any]) -> Snapshot:
    return snapshot_builder.build(records(content), revision=1)


def records(content: dict[str, Any]) -> Iterator[Record]:
    for document in content["resources"]:
        metadata = document["metadata"]
        key = resources.key_of(kinds.by_name(document["kind"]), metadata["name"], metadata.get("namespace"))
        yield Record(key, json.dumps(document).encode())
    for node, blocks in content.get("affinities", {}).items():
        for block in blocks:
            yield Record(affinity_key(node, block), b'{"state":"confirmed","deleted":false}')


def passwords(content: dict[str, Any]) -> bgp_secrets.Passwords:
    """What the host of a case was given."""
    return bgp_secrets.read(content.get("passwords", {}))


def affinity_key(node: str, block: str) -> str:
    network = ipaddress.ip_network(block)
    return (
        f"{snapshot_builder.AFFINITIES}{node}/ipv{network.version}/block/{network.network_address}-{network.prefixlen}"
    )
