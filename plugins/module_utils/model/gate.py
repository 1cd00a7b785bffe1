"""Validation at the gate: a record becomes a valid resource, or is absent. What follows trusts its input.

Nothing invalid may open anything. So a policy whose subject and directions can still be read stays, with Deny as its
only rule; a Profile keeps its labels and denies; a Tier keeps its place and ends in Deny (without a place, it does not
let its policies decide: see calc/guards.py); a HostEndpoint whose interface is known closes it; network sets and
FelixConfigurations keep what can be read (salvage.py). Any other invalid record is absent (an endpoint's interface is
then unknown, and dropped; a staged policy enforces nothing anyway). Each is reported with its reason. Does not know
which records exist beside this one.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from . import kinds, salvage
from .errors import Invalid
from .resources import Resource

FIRST = salvage.FIRST


@dataclasses.dataclass(frozen=True, slots=True)
class Admitted:
    """What became of a record: the resource to work with, if any, and what was wrong, if anything."""

    resource: Resource | None
    reason: str | None = None


def admit(parts: kinds.KeyParts, value: bytes) -> Admitted:
    """The resource that the record at a key stands for."""
    try:
        document = _document(value)
        _check_name(parts, document)
        return Admitted(parts.kind.decode(document))
    except Invalid as error:
        return _refused(parts, value, str(error))


def _document(value: bytes) -> Mapping[str, Any]:
    try:
        document = _JSON.decode(value.decode(json.detect_encoding(value), "surrogatepass"))
    except (ValueError, RecursionError):
        raise Invalid.of(value[:80].decode(errors="replace"), "must be a JSON object", "document") from None
    if not isinstance(document, Mapping):
        raise Invalid.of(document, "must be a JSON object", "document")
    return document


def _refused_constant(name: str) -> None:
    """NaN and Infinity, which Python reads and JSON has not."""
    raise ValueError(name)


# What json.loads would make anew for each record.
_JSON = json.JSONDecoder(parse_constant=_refused_constant)


def _check_name(parts: kinds.KeyParts, document: Mapping[str, Any]) -> None:
    """The key names the resource; a record that claims to be another one is not to be trusted."""
    metadata = document.get("metadata")
    stated = metadata if isinstance(metadata, Mapping) else {}
    for field, wanted in (("name", parts.name), ("namespace", parts.namespace)):
        if stated.get(field) != wanted:
            raise Invalid.of(stated.get(field), f"must be {wanted}, as in the key", f"metadata.{field}")


def _refused(parts: kinds.KeyParts, value: bytes, reason: str) -> Admitted:
    try:
        resource = salvage.salvage(parts, _document(value))
    except Invalid:
        return Admitted(None, f"{reason} (so it counts as absent)")
    effect = "it denies" if parts.kind in salvage.DENYING else "only the rest of it counts"
    return Admitted(resource, f"{reason} (so {effect})")
