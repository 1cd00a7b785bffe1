"""GlobalNetworkSet and NetworkSet: networks outside the cluster under labels that rules select."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import ClassVar

from . import fields, schema
from .errors import Problem
from .resources import Resource

_NAMESPACE = "projectcalico.org/namespace"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSetSpec:
    """``nets`` may have host bits set; they are masked."""

    nets: tuple[fields.Network, ...] = schema.member("nets", fields.sequence(fields.LOOSE_NETWORK), ())


@dataclasses.dataclass(frozen=True, slots=True)
class AnyNetworkSet(Resource):
    """What the two kinds have in common."""

    spec: NetworkSetSpec

    SPEC: ClassVar[type[NetworkSetSpec]] = NetworkSetSpec

    def problems(self) -> Iterable[Problem]:
        if (value := self.metadata.labels.get(_NAMESPACE)) is not None:
            yield Problem(f"metadata.labels[{_NAMESPACE}]", value, "is the namespace's own: leave it out")


@dataclasses.dataclass(frozen=True, slots=True)
class GlobalNetworkSet(AnyNetworkSet):
    """Networks under its own labels."""

    KIND: ClassVar[str] = "GlobalNetworkSet"
    PLURAL: ClassVar[str] = "globalnetworksets"


@dataclasses.dataclass(frozen=True, slots=True)
class NetworkSet(AnyNetworkSet):
    """Networks under its own labels and those of its namespace."""

    KIND: ClassVar[str] = "NetworkSet"
    PLURAL: ClassVar[str] = "networksets"
    NAMESPACED: ClassVar[bool] = True
