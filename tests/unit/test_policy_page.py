"""docs/policy.md: the model says of each line of its tables what the page says."""

from __future__ import annotations

import dataclasses
import ipaddress
import pathlib
import re
from collections.abc import Iterator

import pytest
import yaml

from ansible_collections.calico.docker.plugins.module_utils.model import kinds, rules, snapshot_builder, verdict
from tests.states import records

PAGE = pathlib.Path(__file__).parents[2] / "docs/policy.md"
BLOCK = re.compile(r"^```yaml\n# (?:store|add)\n(.*?)^```|^\| From \|.*?\n\n", re.MULTILINE | re.DOTALL)
CONTAINERS = {"web": ("frontend", 1), "proxy": ("frontend", 2), "db": ("backend", 3), "cache": ("backend", 4)}


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of a table, and the store at that place of the page."""

    store: tuple[records.Change, ...]
    source: str
    target: str
    packet: str
    expected: str
    reason: str


def lines() -> Iterator[Line]:
    """The page from top to bottom: each block of YAML adds to the store, each table asks."""
    store = tuple(
        records.endpoint(number, networks=[network], node=f"host{number}") for network, number in CONTAINERS.values()
    )
    for found in BLOCK.finditer(PAGE.read_text()):
        if found[1]:
            store += tuple(records.of(kinds.decode(document, strict=True)) for document in yaml.safe_load(found[1]))
            continue
        for row in found[0].strip().splitlines()[2:]:
            yield Line(store, *(cell.strip() for cell in row.strip("|").split("|")))


LINES = list(lines())


def address(name: str) -> ipaddress.IPv4Address:
    if name in CONTAINERS:
        return ipaddress.IPv4Address(records.default_addresses(CONTAINERS[name][1])[0])
    return ipaddress.IPv4Address(name)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.source} to {line.target} {line.packet}")
def test_the_model_says_what_the_page_says(line: Line) -> None:
    protocol, port = line.packet.split()
    packet = verdict.Packet(
        protocol=rules.PROTOCOL_NUMBERS[protocol],
        source=address(line.source),
        destination=address(line.target),
        source_port=40000,
        destination_port=int(port),
    )
    found = verdict.between(snapshot_builder.build(line.store, 1), packet)
    assert ("allow" if found.allowed else "deny", str(found.trail[-1])) == (line.expected, line.reason)


def test_the_page_has_tables() -> None:
    assert len(LINES) > 10
