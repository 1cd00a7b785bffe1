"""Names of chains and sets: readable where there is a name, else made from the content, so equal content is shared."""

from __future__ import annotations

import hashlib

from calico_node.calc import guards, matches, rulesets

_LONGEST = 100
_SHORT = {rulesets.INGRESS: "in", rulesets.EGRESS: "out"}
_GUARD = {rulesets.INGRESS: "to", rulesets.EGRESS: "from"}


def policy(name: str, direction: str) -> str:
    """The chain of a policy's rules."""
    return _shortened(f"policy-{_SHORT[direction]}-{name}")


def profile(name: str, direction: str) -> str:
    """The chain of a profile's rules."""
    return _shortened(f"profile-{_SHORT[direction]}-{name}")


def guard(wanted: guards.Guard) -> str:
    """The chain that packets to or from an endpoint go through."""
    return f"{_GUARD[wanted.direction]}-{_digest(repr(wanted))}"


def at_place(place: str, wanted: guards.Guard) -> str:
    """The chain of a guard of the host's own interfaces at one of the places where they are asked."""
    return f"{place}-{_digest(repr(wanted))}"


def addresses(selection: matches.Selection, family: int) -> str:
    """The set of a selection's addresses."""
    return f"addresses{family}-{_digest(selection.text)}"


def ports(named: matches.PortsByName, family: int) -> str:
    """The set of the ports that a name stands for."""
    return f"ports{family}-{_digest(repr(named))}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _shortened(name: str) -> str:
    """No resource's name has an underscore, so a shortened name is never another one's."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 17]}_{_digest(name)}"
