"""Which peers cannot be told apart by any selector: those of equal labels and equal profiles.

Every question about labels is asked once a group instead of once a peer. Does not know policies.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import profiles

from .peers import Peer


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Peers with their effective labels and their profiles in common."""

    labels: Mapping[str, str]
    profiles: tuple[str, ...]
    peers: tuple[Peer, ...]


def group(everything: Iterable[Peer], known: Mapping[str, profiles.Profile]) -> tuple[Group, ...]:
    """All peers in groups; ``known`` are the profiles there are."""
    found: dict[tuple[object, tuple[str, ...]], list[Peer]] = {}
    for peer in everything:
        found.setdefault((peer.labels, peer.profiles), []).append(peer)
    return tuple(Group(labels(members[0], known), members[0].profiles, tuple(members)) for members in found.values())


def labels(peer: Peer, known: Mapping[str, profiles.Profile]) -> Mapping[str, str]:
    """A peer's effective labels: its own wins, then that of the first profile which has one."""
    found: dict[str, str] = {}
    for name in reversed(peer.profiles):
        if name in known:
            found.update(known[name].spec.labels_to_apply)
    return found | dict(peer.labels)
