"""What the verdict says of a packet at host1, and stores in a form that people can read."""

from __future__ import annotations

import json

from ansible_collections.calico.docker.plugins.module_utils.model import verdict
from tests.states.records import Change

from . import cell, frames
from .traffic import Sent

_ADDRESSES = {place: [frames.address(text) for text in found] for place, found in cell.HOST.items()}


def said(oracle: verdict.Oracle, sent: Sent) -> verdict.Verdict:
    return oracle.at_host("host1", sent.packet, incoming=sent.incoming, outgoing=sent.outgoing, addresses=_ADDRESSES)


def shown(change: Change) -> str:
    document = json.loads(change.value or b"null")
    labels = document["metadata"].get("labels")
    name = change.key.partition("org/")[2].replace("0" * 62, "..")
    return f"{name}: {json.dumps(document['spec'])}" + (f" labels {json.dumps(labels)}" if labels else "")
