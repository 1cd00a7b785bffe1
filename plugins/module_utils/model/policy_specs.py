"""What the four kinds of policy say: whom they concern, in which directions, by which rules."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import ClassVar

from . import fields, rules, schema, tiers
from .errors import Problem

TYPES = ("Ingress", "Egress")
SET = "Set"
DELETE = "Delete"
# The empty one, which selects everything, is not written.
_SELECTOR: schema.Form[str] = schema.Form(fields.SELECTOR.decode, lambda value: value or None)
STAGED_ACTION = fields.choice(SET, DELETE)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicySpec:
    """``order`` ascending, missing last; ``types`` default by which rules there are."""

    tier: str = schema.member("tier", fields.NAME, tiers.DEFAULT)
    order: float | None = schema.member("order", fields.NUMBER)
    selector: str = schema.member("selector", _SELECTOR, "")
    service_account_selector: str | None = schema.member("serviceAccountSelector", fields.SELECTOR)
    types: tuple[str, ...] = schema.member("types", fields.sequence(fields.choice(*TYPES)), ())
    ingress: tuple[rules.Rule, ...] = schema.member("ingress", rules.RULES, ())
    egress: tuple[rules.Rule, ...] = schema.member("egress", rules.RULES, ())
    performance_hints: tuple[str, ...] = schema.member(
        "performanceHints", fields.sequence(fields.choice("AssumeNeededOnEveryNode")), ()
    )

    NAMESPACED: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.types:
            object.__setattr__(self, "types", default_types(bool(self.ingress), bool(self.egress)))

    def problems(self) -> Iterable[Problem]:
        if len(set(self.types)) != len(self.types):
            yield Problem("types", list(self.types), "must name each direction once")
        if len(set(self.performance_hints)) != len(self.performance_hints):
            yield Problem("performanceHints", list(self.performance_hints), "must name each hint once")
        yield from rules.service_problems(self.ingress, "ingress", namespaced=self.NAMESPACED)
        yield from rules.service_problems(self.egress, "egress", namespaced=self.NAMESPACED)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class GlobalNetworkPolicySpec(NetworkPolicySpec):
    """Adds what only a policy for all endpoints, those of hosts among them, can say."""

    namespace_selector: str | None = schema.member("namespaceSelector", fields.SELECTOR)
    do_not_track: bool = schema.member("doNotTrack", fields.FLAG, False)
    pre_dnat: bool = schema.member("preDNAT", fields.FLAG, False)
    apply_on_forward: bool = schema.member("applyOnForward", fields.FLAG, False)

    NAMESPACED: ClassVar[bool] = False

    def problems(self) -> Iterable[Problem]:
        yield from NetworkPolicySpec.problems(self)
        if self.pre_dnat and self.do_not_track:
            yield Problem("preDNAT", True, "excludes doNotTrack")
        if (self.pre_dnat or self.do_not_track) and not self.apply_on_forward:
            yield Problem("applyOnForward", False, "must be true with preDNAT or doNotTrack")
        if self.pre_dnat and (self.egress or "Egress" in self.types):
            yield Problem("egress", [schema.encode(rule) for rule in self.egress], "must be absent with preDNAT")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StagedNetworkPolicySpec(NetworkPolicySpec):
    """``staged_action`` says what is rehearsed: that the policy is set, or deleted."""

    staged_action: str = schema.member("stagedAction", STAGED_ACTION, SET)

    def __post_init__(self) -> None:
        _default_staged_types(self)

    def problems(self) -> Iterable[Problem]:
        return _deletion_problems(self) if self.staged_action == DELETE else NetworkPolicySpec.problems(self)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StagedGlobalNetworkPolicySpec(GlobalNetworkPolicySpec):
    """``staged_action`` says what is rehearsed: that the policy is set, or deleted."""

    staged_action: str = schema.member("stagedAction", STAGED_ACTION, SET)

    def __post_init__(self) -> None:
        _default_staged_types(self)

    def problems(self) -> Iterable[Problem]:
        return _deletion_problems(self) if self.staged_action == DELETE else GlobalNetworkPolicySpec.problems(self)


def _default_staged_types(spec: StagedNetworkPolicySpec | StagedGlobalNetworkPolicySpec) -> None:
    """A deletion has no directions, though writers give it some."""
    types = spec.types or default_types(bool(spec.ingress), bool(spec.egress))
    object.__setattr__(spec, "types", () if spec.staged_action == DELETE else types)


def _deletion_problems(spec: NetworkPolicySpec) -> Iterable[Problem]:
    for attribute, name, form, _required in schema.members(type(spec)):
        value = getattr(spec, attribute)
        if name not in ("tier", "stagedAction") and value not in (None, "", (), False):
            yield Problem(name, form.encode(value), "must be absent with stagedAction Delete")


def default_types(ingress: bool, egress: bool) -> tuple[str, ...]:
    """The directions of a policy that does not name them, from which kinds of rule it has."""
    if not egress:
        return ("Ingress",)
    return ("Ingress", "Egress") if ingress else ("Egress",)
