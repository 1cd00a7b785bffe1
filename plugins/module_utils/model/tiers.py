"""Tier: an ordered group of policies with a verdict for what none of them decided."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import ClassVar

from . import fields, schema
from .errors import Problem
from .resources import Metadata, Resource

DEFAULT = "default"
# name: (order, defaultAction), fixed by the Calico v3 API
WELL_KNOWN = {DEFAULT: (1000000.0, "Deny"), "kube-admin": (1000.0, "Pass"), "kube-baseline": (10000000.0, "Pass")}
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TierSpec:
    """``order`` ascending, missing last; ``default_action`` Deny or Pass."""

    order: float | None = schema.member("order", fields.NUMBER)
    default_action: str = schema.member("defaultAction", fields.choice("Deny", "Pass"), "Deny")


@dataclasses.dataclass(frozen=True, slots=True)
class Tier(Resource):
    """A tier of policies."""

    spec: TierSpec

    KIND: ClassVar[str] = "Tier"
    PLURAL: ClassVar[str] = "tiers"
    SPEC: ClassVar[type[TierSpec]] = TierSpec

    def problems(self) -> Iterable[Problem]:
        if not _NAME.fullmatch(self.name):
            yield Problem("metadata.name", self.name, "must be one DNS label of at most 63 characters")
        order, action = WELL_KNOWN.get(self.name, (self.spec.order, self.spec.default_action))
        if self.spec.order != order:
            yield Problem("spec.order", self.spec.order, f"is fixed at {order:g} for tier {self.name}")
        if self.spec.default_action != action:
            yield Problem("spec.defaultAction", self.spec.default_action, f"is fixed at {action} for tier {self.name}")


def well_known(name: str = DEFAULT) -> Tier:
    """One of the tiers that every cluster has."""
    order, action = WELL_KNOWN[name]
    return Tier(Metadata(name=name), TierSpec(order=order, default_action=action))
