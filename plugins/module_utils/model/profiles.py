"""Profile: rules and labels for the endpoints that name it; a Docker network's own policy."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import ClassVar

from . import names, rules, schema
from .errors import Problem
from .resources import Metadata, Resource

DEFAULT_ALLOW = "projectcalico-default-allow"  # synthesised by clients, never stored
NETWORK_LABEL = "calico.docker/network"
# Of endpoints with ports that their host publishes for others, and the name of these ports.
PUBLISHED, PUBLISHED_PORT = "published.calico.docker", "published"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSpec:
    """Rules in order; ``labels_to_apply`` are inherited by endpoints, whose own labels win."""

    ingress: tuple[rules.Rule, ...] = schema.member("ingress", rules.RULES, ())
    egress: tuple[rules.Rule, ...] = schema.member("egress", rules.RULES, ())
    labels_to_apply: Mapping[str, str] = schema.member("labelsToApply", names.LABELS, {})


@dataclasses.dataclass(frozen=True, slots=True)
class Profile(Resource):
    """What the endpoints of one group may do where no policy decides."""

    spec: ProfileSpec

    KIND: ClassVar[str] = "Profile"
    PLURAL: ClassVar[str] = "profiles"
    SPEC: ClassVar[type[ProfileSpec]] = ProfileSpec

    def problems(self) -> Iterable[Problem]:
        if self.name == DEFAULT_ALLOW:
            yield Problem("metadata.name", self.name, "is built in and cannot be stored")

    def refusals(self) -> Iterable[Problem]:
        for direction in ("ingress", "egress"):
            for index, rule in enumerate(getattr(self.spec, direction)):
                if rule.action == "Pass":
                    yield Problem(
                        f"spec.{direction}[{index}].action",
                        "Pass",
                        "has no meaning in a Profile: use Allow, Deny or Log",
                    )


def for_network(network: str) -> Profile:
    """The Profile of the Docker network ``network``: talk freely within it, allow out, nothing else in.

    Raises Invalid if the network's name cannot be a Profile's.
    """
    document = {
        "metadata": {"name": network},
        "spec": {
            "labelsToApply": {NETWORK_LABEL: network},
            "ingress": [{"action": "Allow", "source": {"selector": f'{NETWORK_LABEL} == "{network}"'}}],
            "egress": [{"action": "Allow"}],
        },
    }
    return Profile.decode(document, strict=True)


def for_published() -> Profile:
    """The Profile ``published.calico.docker``: ports that a host publishes may be reached by anybody."""
    rule = {"action": "Allow", "destination": {"ports": [PUBLISHED_PORT]}}
    return Profile.decode({"metadata": {"name": PUBLISHED}, "spec": {"ingress": [rule]}}, strict=True)


def default_allow() -> Profile:
    """The built-in Profile ``projectcalico-default-allow``."""
    everything = (rules.Rule(action="Allow"),)
    return Profile(Metadata(name=DEFAULT_ALLOW), ProfileSpec(ingress=everything, egress=everything))
