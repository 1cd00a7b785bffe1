"""Which endpoints cannot be told apart by any selector: those of equal labels and equal profiles.

Every question about labels is asked once a group instead of once an endpoint. Does not know policies.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import profiles

from .endpoints import Endpoint


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Endpoints with their effective labels and their profiles in common."""

    labels: Mapping[str, str]
    profiles: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]


def group(everything: Iterable[Endpoint], known: Mapping[str, profiles.Profile]) -> tuple[Group, ...]:
    """All endpoints in groups; ``known`` are the profiles there are."""
    found: dict[tuple[object, tuple[str, ...]], list[Endpoint]] = {}
    for endpoint in everything:
        found.setdefault((endpoint.labels, endpoint.profiles), []).append(endpoint)
    return tuple(Group(labels(members[0], known), members[0].profiles, tuple(members)) for members in found.values())


def labels(endpoint: Endpoint, known: Mapping[str, profiles.Profile]) -> Mapping[str, str]:
    """An endpoint's effective labels: its own wins, then that of the first profile which has one."""
    found: dict[str, str] = {}
    for name in reversed(endpoint.profiles):
        if name in known:
            found.update(known[name].spec.labels_to_apply)
    return found | dict(endpoint.labels)
