"""What the verdict says of a packet at host1, and stores in a form that people can read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator

from ansible_collections.calico.docker.plugins.module_utils.model import verdict
from tests.states.records import Change

from . import cell, frames, traffic
from .traffic import Sent

_ADDRESSES = {place: [frames.address(text) for text in found] for place, found in cell.HOST.items()}


def said(oracle: verdict.Oracle, sent: Sent) -> verdict.Verdict:
    return oracle.at_host("host1", sent.packet, incoming=sent.incoming, outgoing=sent.outgoing, addresses=_ADDRESSES)


def expected(oracle: verdict.Oracle, packets: Iterable[Sent]) -> Iterator[tuple[Sent, bool]]:
    """Packets, as they leave where the host leads them on to a published port, and whether they pass.

    Left out are those that would look like another one then, and those that come from where they are led to: of these
    the kernel rewrites the source too.
    """
    listed = list(packets)
    seen = {traffic.connection_of(sent.packet) for sent in listed}
    for sent in listed:
        answer, way = said(oracle, sent), oracle.host("host1").way(sent.packet)
        if way is None or not any(step.outcome == "Translate" for step in answer.trail):
            yield sent, answer.allowed
        elif (
            way.packet.source != way.packet.destination
            and (connection := traffic.connection_of(way.packet)) not in seen
        ):
            seen.add(connection)
            yield dataclasses.replace(sent, outgoing=way.interface, onward=way.packet), answer.allowed


def shown(change: Change) -> str:
    document = json.loads(change.value or b"null")
    labels = document["metadata"].get("labels")
    name = change.key.partition("org/")[2].replace("0" * 62, "..")
    return f"{name}: {json.dumps(document['spec'])}" + (f" labels {json.dumps(labels)}" if labels else "")
