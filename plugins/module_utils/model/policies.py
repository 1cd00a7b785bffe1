"""The four kinds of policy: for all endpoints or for those of a namespace, in force or staged."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from . import names, policy_specs, selectors, tiers
from .errors import Problem
from .resources import Metadata, Resource

TYPES = policy_specs.TYPES
TIER_LABEL = "projectcalico.org/tier"
# Since Calico 3.32 the name people use stands in this annotation of the stored record.
METADATA_ANNOTATION = "projectcalico.org/metadata"
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})?")
# Those of a namespace may also have come from Kubernetes.
_NAME_IN_NAMESPACE = re.compile(rf"{_LABEL}(\.{_LABEL})?|(knp|ossg)\.default\.{_LABEL}(\.{_LABEL})*")
_OF_KUBERNETES = "knp.default."
_NAMESPACE = "projectcalico.org/namespace"
_SERVICE_ACCOUNT = "projectcalico.org/serviceaccount"

P = TypeVar("P", bound="Policy")


def _and(one: selectors.Selector | None, other: selectors.Selector) -> selectors.Selector:
    return other if one is None else selectors.conjunction(one, other)


@dataclasses.dataclass(frozen=True, slots=True)
class Policy(Resource):
    """What the four kinds have in common."""

    spec: policy_specs.NetworkPolicySpec

    STAGED: ClassVar[bool] = False

    def problems(self) -> Iterable[Problem]:
        if not (_NAME_IN_NAMESPACE if self.NAMESPACED else _NAME).fullmatch(self.name):
            yield Problem("metadata.name", self.name, "must be a DNS label, or two joined by a dot")

    def refusals(self) -> Iterable[Problem]:
        if self.name.startswith(_OF_KUBERNETES):
            yield Problem("metadata.name", self.name, f"must not begin with {_OF_KUBERNETES}: Kubernetes' own do")

    def loaded(self: P) -> P:
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
        """The selector of the endpoints it applies to, with namespace and service account parts folded in.

        An empty selector is no part at all. In a policy for all namespaces the other parts also decide what ``all()``
        means, wherever it is written.
        """
        found = selectors.parse(self.spec.selector) if self.spec.selector else None
        if self.NAMESPACED:
            found = _and(found, selectors.Compare(_NAMESPACE, "==", self.metadata.namespace or ""))
        elif isinstance(self.spec, policy_specs.GlobalNetworkPolicySpec) and self.spec.namespace_selector:
            found = _and(found, selectors.substitute(selectors.parse(self.spec.namespace_selector), prefix="pcns."))
            found = selectors.substitute(found, everything=selectors.Has(_NAMESPACE))
        if self.spec.service_account_selector:
            found = _and(
                found, selectors.substitute(selectors.parse(self.spec.service_account_selector), prefix="pcsa.")
            )
            if not self.NAMESPACED:
                found = selectors.substitute(found, everything=selectors.Has(_SERVICE_ACCOUNT))
        return found or selectors.All()

    def _unprefixed(self) -> str:
        # Records of Calico up to 3.31 carry the tier in the name.
        name = self.metadata.name
        return name.removeprefix("default.") if self.spec.tier == tiers.DEFAULT else name


@dataclasses.dataclass(frozen=True, slots=True)
class GlobalNetworkPolicy(Policy):
    """A policy for the endpoints that its selector matches, wherever they are."""

    spec: policy_specs.GlobalNetworkPolicySpec

    KIND: ClassVar[str] = "GlobalNetworkPolicy"
    PLURAL: ClassVar[str] = "globalnetworkpolicies"
    SPEC: ClassVar[type[policy_specs.GlobalNetworkPolicySpec]] = policy_specs.GlobalNetworkPolicySpec


@dataclasses.dataclass(frozen=True, slots=True)
class NetworkPolicy(Policy):
    """A policy for endpoints of its own namespace."""

    spec: policy_specs.NetworkPolicySpec

    KIND: ClassVar[str] = "NetworkPolicy"
    PLURAL: ClassVar[str] = "networkpolicies"
    SPEC: ClassVar[type[policy_specs.NetworkPolicySpec]] = policy_specs.NetworkPolicySpec
    NAMESPACED: ClassVar[bool] = True


@dataclasses.dataclass(frozen=True, slots=True)
class StagedGlobalNetworkPolicy(Policy):
    """A GlobalNetworkPolicy on rehearsal: counted, never enforced."""

    spec: policy_specs.StagedGlobalNetworkPolicySpec

    KIND: ClassVar[str] = "StagedGlobalNetworkPolicy"
    PLURAL: ClassVar[str] = "stagedglobalnetworkpolicies"
    SPEC: ClassVar[type[policy_specs.StagedGlobalNetworkPolicySpec]] = policy_specs.StagedGlobalNetworkPolicySpec
    STAGED: ClassVar[bool] = True


@dataclasses.dataclass(frozen=True, slots=True)
class StagedNetworkPolicy(Policy):
    """A NetworkPolicy on rehearsal: counted, never enforced."""

    spec: policy_specs.StagedNetworkPolicySpec

    KIND: ClassVar[str] = "StagedNetworkPolicy"
    PLURAL: ClassVar[str] = "stagednetworkpolicies"
    SPEC: ClassVar[type[policy_specs.StagedNetworkPolicySpec]] = policy_specs.StagedNetworkPolicySpec
    NAMESPACED: ClassVar[bool] = True
    STAGED: ClassVar[bool] = True


KINDS: tuple[type[Policy], ...] = (GlobalNetworkPolicy, NetworkPolicy, StagedGlobalNetworkPolicy, StagedNetworkPolicy)


def evaluation_order(policy: Policy, key_name: str) -> tuple[bool, float, str]:
    """Sort key within a tier: order ascending, missing last, then ``name/namespace/kind`` by byte.

    ``key_name`` is the name of the etcd key, ``namespace/name`` for those with a namespace (as in a Snapshot).
    """
    order = policy.spec.order
    namespace, _slash, name = key_name.rpartition("/")
    return (order is None, order or 0.0, f"{name}/{namespace}/{policy.KIND}")


def _annotated_name(annotation: str | None) -> str | None:
    try:
        stored: Any = json.loads(annotation or "{}")
    except (ValueError, RecursionError):
        return None
    name = stored.get("name") if isinstance(stored, Mapping) else None
    return name if names.is_subdomain(name) else None
