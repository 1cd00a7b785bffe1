"""The rules of one policy or profile, by direction.

Does not know which endpoints they guard (guards.py).
"""

from __future__ import annotations

import dataclasses

from ansible_collections.calico.docker.plugins.module_utils.model import policies, profiles

from . import matches

INGRESS, EGRESS = "ingress", "egress"
DIRECTIONS = (INGRESS, EGRESS)


@dataclasses.dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in order, for packets to an endpoint and from it."""

    ingress: tuple[matches.Match, ...] = ()
    egress: tuple[matches.Match, ...] = ()

    def of(self, direction: str) -> tuple[matches.Match, ...]:
        return self.ingress if direction == INGRESS else self.egress


# What stands for a profile that does not exist: nothing passes, and no later profile is asked.
MISSING = RuleSet((matches.DENY,), (matches.DENY,))


def read(resource: policies.GlobalNetworkPolicy | profiles.Profile) -> RuleSet:
    """The rules of a policy or profile; a policy's rules against its types do not count."""
    types = resource.spec.types if isinstance(resource, policies.GlobalNetworkPolicy) else policies.TYPES
    return RuleSet(
        ingress=tuple(map(matches.read, resource.spec.ingress)) if "Ingress" in types else (),
        egress=tuple(map(matches.read, resource.spec.egress)) if "Egress" in types else (),
    )


def of_profile(name: str, resource: profiles.Profile | None) -> RuleSet:
    """The rules of a profile, whether or not it is stored."""
    if resource is not None:
        return read(resource)
    return read(profiles.default_allow()) if name == profiles.DEFAULT_ALLOW else MISSING
