"""The rules of one policy or profile, by direction.

Does not know which endpoints they guard (guards.py).
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from ansible_collections.calico.docker.plugins.module_utils.model import policies, profiles

from . import matches

INGRESS, EGRESS = "ingress", "egress"
DIRECTIONS = (INGRESS, EGRESS)
_STAGED = frozenset(kind.KIND for kind in policies.KINDS if kind.STAGED)


class Key(NamedTuple):
    """Whose rules they are: kind, and name as in the Snapshot (``namespace/name`` of those with a namespace).

    A tuple, for it is hashed wherever guards are.
    """

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @classmethod
    def of_profile(cls, name: str) -> Key:
        """That of a profile."""
        return cls(profiles.Profile.KIND, name)

    @property
    def staged(self) -> bool:
        """Whether the rules are only counted."""
        return self.kind in _STAGED


@dataclasses.dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in order, for packets to an endpoint and from it."""

    key: Key
    ingress: tuple[matches.Match, ...] = ()
    egress: tuple[matches.Match, ...] = ()

    def of(self, direction: str) -> tuple[matches.Match, ...]:
        return self.ingress if direction == INGRESS else self.egress


def of_policy(key: Key, resource: policies.Policy) -> RuleSet:
    """The rules of a policy; those against its types do not count."""
    namespace = resource.metadata.namespace if resource.NAMESPACED else None
    spec = resource.spec
    return RuleSet(
        key,
        ingress=tuple(matches.read(rule, namespace) for rule in spec.ingress) if "Ingress" in spec.types else (),
        egress=tuple(matches.read(rule, namespace) for rule in spec.egress) if "Egress" in spec.types else (),
    )


def of_profile(name: str, resource: profiles.Profile | None) -> RuleSet:
    """The rules of a profile. Through one that does not exist nothing passes, and no later profile is asked."""
    key = Key.of_profile(name)
    if resource is None and name == profiles.DEFAULT_ALLOW:
        resource = profiles.default_allow()
    if resource is None:
        return RuleSet(key, (matches.DENY,), (matches.DENY,))
    return RuleSet(key, tuple(map(matches.read, resource.spec.ingress)), tuple(map(matches.read, resource.spec.egress)))
