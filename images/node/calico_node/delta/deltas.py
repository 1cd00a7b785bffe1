"""The difference between two mappings: what to add, what to change, what to remove, in the order of the keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Any)
V = TypeVar("V")


@dataclasses.dataclass(frozen=True, slots=True)
class Delta(Generic[K, V]):
    """Applied to the actual mapping it gives the desired one; empty, and so false, if they are equal."""

    added: Mapping[K, V] = dataclasses.field(default_factory=dict)
    changed: Mapping[K, V] = dataclasses.field(default_factory=dict)
    removed: Mapping[K, V] = dataclasses.field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def put(self) -> Mapping[K, V]:
        """Everything that is new or different."""
        return {**self.added, **self.changed}


def between(desired: Mapping[K, V], actual: Mapping[K, V]) -> Delta[K, V]:
    """What leads from ``actual`` to ``desired``."""
    return Delta(
        added={key: desired[key] for key in sorted(desired.keys() - actual.keys())},
        changed={key: desired[key] for key in sorted(desired.keys() & actual.keys()) if desired[key] != actual[key]},
        removed={key: actual[key] for key in sorted(actual.keys() - desired.keys())},
    )
