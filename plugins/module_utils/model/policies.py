"""GlobalNetworkPolicy: ordered rules for the endpoints that its selector matches."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from . import fields, rules, schema, selectors, tiers
from .errors import Problem
from .resources import Metadata, Resource

TYPES = ("Ingress", "Egress")
TIER_LABEL = "projectcalico.org/tier"
# Since Calico 3.32 the name people use stands in this annotation of the stored record.
METADATA_ANNOTATION = "projectcalico.org/metadata"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)?")
_NAMESPACE = "projectcalico.org/namespace"
_SERVICE_ACCOUNT = "projectcalico.org/serviceaccount"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class GlobalNetworkPolicySpec:
    """``order`` ascending, missing last; ``types`` default by which rules there are."""

    tier: str = schema.member("tier", fields.NAME, tiers.DEFAULT)
    order: float | None = schema.member("order", fields.NUMBER)
    selector: str = schema.member("selector", fields.SELECTOR, "")
    namespace_selector: str | None = schema.member("namespaceSelector", fields.SELECTOR)
    service_account_selector: str | None = schema.member("serviceAccountSelector", fields.SELECTOR)
    types: tuple[str, ...] = schema.member("types", fields.sequence(fields.choice(*TYPES)), ())
    ingress: tuple[rules.Rule, ...] = schema.member("ingress", rules.RULES, ())
    egress: tuple[rules.Rule, ...] = schema.member("egress", rules.RULES, ())
    do_not_track: bool = schema.member("doNotTrack", fields.FLAG, False)
    pre_dnat: bool = schema.member("preDNAT", fields.FLAG, False)
    apply_on_forward: bool = schema.member("applyOnForward", fields.FLAG, False)
    performance_hints: tuple[str, ...] = schema.member("performanceHints", fields.sequence(fields.text()), ())

    def __post_init__(self) -> None:
        if not self.types:
            object.__setattr__(self, "types", default_types(bool(self.ingress), bool(self.egress)))

    def problems(self) -> Iterable[Problem]:
        if len(set(self.types)) != len(self.types):
            yield Problem("types", list(self.types), "must name each direction once")
        if self.pre_dnat and self.do_not_track:
            yield Problem("preDNAT", True, "excludes doNotTrack")
        if (self.pre_dnat or self.do_not_track) and not self.apply_on_forward:
            yield Problem("applyOnForward", False, "must be true with preDNAT or doNotTrack")
        if self.pre_dnat and (self.egress or "Egress" in self.types):
            yield Problem("egress", [schema.encode(rule) for rule in self.egress], "must be absent with preDNAT")


def default_types(ingress: bool, egress: bool) -> tuple[str, ...]:
    """The directions of a policy that does not name them, from which kinds of rule it has."""
    if not egress:
        return ("Ingress",)
    return ("Ingress", "Egress") if ingress else ("Egress",)


@dataclasses.dataclass(frozen=True, slots=True)
class GlobalNetworkPolicy(Resource):
    """A policy over the whole cluster."""

    spec: GlobalNetworkPolicySpec

    KIND: ClassVar[str] = "GlobalNetworkPolicy"
    PLURAL: ClassVar[str] = "globalnetworkpolicies"
    SPEC: ClassVar[type[GlobalNetworkPolicySpec]] = GlobalNetworkPolicySpec

    def problems(self) -> Iterable[Problem]:
        if not _NAME.fullmatch(self.name):
            yield Problem("metadata.name", self.name, "must be a DNS label, or two joined by a dot")

    def loaded(self) -> GlobalNetworkPolicy:
        annotations = dict(self.metadata.annotations)
        name = _annotated_name(annotations.pop(METADATA_ANNOTATION, None)) or self._unprefixed()
        labels = {key: value for key, value in self.metadata.labels.items() if key != TIER_LABEL}
        metadata = dataclasses.replace(self.metadata, name=name, labels=labels, annotations=annotations)
        return dataclasses.replace(self, metadata=metadata)

    def stored_metadata(self) -> Metadata:
        annotations = {
            **self.metadata.annotations,
            METADATA_ANNOTATION: json.dumps({"name": self.name}, separators=(",", ":")),
        }
        labels = {**self.metadata.labels, TIER_LABEL: self.spec.tier}
        return dataclasses.replace(self.metadata, labels=labels, annotations=annotations)

    def subject(self) -> selectors.Selector:
        """The selector of the endpoints it applies to, with namespace and service account parts folded in."""
        spec = self.spec
        tree = selectors.parse(spec.selector)
        if spec.namespace_selector:
            prefixed = selectors.substitute(selectors.parse(spec.namespace_selector), prefix="pcns.")
            tree = selectors.substitute(selectors.conjunction(tree, prefixed), everything=selectors.Has(_NAMESPACE))
        if spec.service_account_selector:
            prefixed = selectors.substitute(selectors.parse(spec.service_account_selector), prefix="pcsa.")
            tree = selectors.substitute(
                selectors.conjunction(tree, prefixed), everything=selectors.Has(_SERVICE_ACCOUNT)
            )
        return tree

    def _unprefixed(self) -> str:
        # Records of Calico up to 3.31 carry the tier in the name.
        name = self.metadata.name
        return name.removeprefix("default.") if self.spec.tier == tiers.DEFAULT else name


def evaluation_order(policy: GlobalNetworkPolicy, key_name: str) -> tuple[bool, float, str]:
    """Sort key within a tier: order ascending, missing last, then ``name/namespace/kind`` by byte."""
    order = policy.spec.order
    return (order is None, order or 0.0, f"{key_name}//{policy.KIND}")


def _annotated_name(annotation: str | None) -> str | None:
    try:
        stored: Any = json.loads(annotation or "{}")
    except ValueError:
        return None
    name = stored.get("name") if isinstance(stored, Mapping) else None
    return name if fields.is_subdomain(name) else None
