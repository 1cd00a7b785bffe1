"""Validation at the gate: a record becomes a valid resource, or is absent. What follows trusts its input.

Nothing invalid may open anything. So a policy whose subject and directions can still be read stays, with Deny as its
only rule; a Profile keeps its labels and denies; a Tier keeps its place and ends in Deny (without a place, it does not
let its policies decide: see calc/guards.py); any other invalid record is absent (an endpoint's interface is then
unknown, and dropped). Each is reported with its reason. Does not know which records exist beside this one.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

from . import kinds, policies, policy_specs, profiles, tiers
from .errors import Invalid
from .resources import Resource

_DENY = [{"action": "Deny"}]
_SUBJECT = ("selector", "namespaceSelector", "serviceAccountSelector")
_FLAGS = ("doNotTrack", "preDNAT", "applyOnForward")
# The order of what must come first because its own place cannot be read.
FIRST = float("-inf")


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
        document = json.loads(value)
    except (ValueError, RecursionError):
        raise Invalid.of(value[:80].decode(errors="replace"), "must be a JSON object") from None
    if not isinstance(document, Mapping):
        raise Invalid.of(document, "must be a JSON object")
    return document


def _check_name(parts: kinds.KeyParts, document: Mapping[str, Any]) -> None:
    """The key names the resource; a record that claims to be another one is not to be trusted."""
    metadata = document.get("metadata")
    stated = metadata if isinstance(metadata, Mapping) else {}
    for field, wanted in (("name", parts.name), ("namespace", parts.namespace)):
        if stated.get(field) != wanted:
            raise Invalid.of(stated.get(field), f"must be {wanted}, as in the key", f"metadata.{field}")


def _refused(parts: kinds.KeyParts, value: bytes, reason: str) -> Admitted:
    salvage = _SALVAGE.get(parts.kind)
    try:
        if salvage is not None:
            document = {"metadata": {"name": parts.name}, "spec": salvage(parts.name, _spec(value))}
            return Admitted(parts.kind.decode(document), f"{reason} (so it denies)")
    except Invalid:
        pass
    return Admitted(None, f"{reason} (so it counts as absent)")


def _spec(value: bytes) -> Mapping[str, Any]:
    spec = _document(value).get("spec")
    if not isinstance(spec, Mapping):
        raise Invalid.of(spec, "must be an object", "spec")
    return spec


def _denying_policy(_name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The policy as far as it can be read, with Deny as its only rule; first in its tier if its place is unreadable."""
    kept = {name: spec[name] for name in _SUBJECT if spec.get(name) is not None}
    kept |= {name: True for name in _FLAGS if spec.get(name) is True}
    place = {"tier": spec.get("tier"), "order": spec.get("order")}
    kept |= place if _readable(policies.GlobalNetworkPolicy, place) else {"order": FIRST}
    kept["types"] = _types(spec)
    return kept | {name.lower(): _DENY for name in kept["types"]}


def _types(spec: Mapping[str, Any]) -> list[str]:
    """The policy's directions, each once; whatever else ``types`` holds is for the decoder to refuse."""
    stated = spec.get("types") or policy_specs.default_types(bool(spec.get("ingress")), bool(spec.get("egress")))
    if not isinstance(stated, (list, tuple)) or not all(isinstance(name, str) for name in stated):
        raise Invalid.of(stated, "must be a list of directions", "types")
    return sorted(set(stated))


def _denying_profile(_name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    labels = {"labelsToApply": spec.get("labelsToApply")}
    readable = _readable(profiles.Profile, labels)
    return {"ingress": _DENY, "egress": _DENY} | (labels if readable else {})


def _denying_tier(name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    if name in tiers.WELL_KNOWN:
        order, action = tiers.WELL_KNOWN[name]
        return {"order": order, "defaultAction": action}
    place = {"order": spec.get("order")}
    return place if _readable(tiers.Tier, place) else {"order": FIRST}


def _readable(kind: type[Resource], spec: Mapping[str, Any]) -> bool:
    try:
        kind.decode({"metadata": {"name": "any"}, "spec": spec})
    except Invalid:
        return False
    return True


_SALVAGE: Mapping[type[Resource], Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {
    policies.GlobalNetworkPolicy: _denying_policy,
    profiles.Profile: _denying_profile,
    tiers.Tier: _denying_tier,
}
