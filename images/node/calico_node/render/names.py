"""Names of chains and sets: readable where there is a name, else made from the content, so equal content is shared."""

from __future__ import annotations

import hashlib

from ansible_collections.calico.docker.plugins.module_utils.model import profiles
from calico_node.calc import guards, matches, members, rulesets

from . import nft

_LONGEST = 100
# nftables takes comments of less than 128 bytes.
_LONGEST_OWNER = 90
_SHORT = {rulesets.INGRESS: "in", rulesets.EGRESS: "out"}
_GUARD = {rulesets.INGRESS: "to", rulesets.EGRESS: "from"}


def rules(key: rulesets.Key, direction: str) -> str:
    """The chain of the rules of a policy or profile. Only names of kinds with a namespace have a slash."""
    kind = "profile" if key.kind == profiles.Profile.KIND else "staged" if key.staged else "policy"
    return _shortened(f"{kind}-{_SHORT[direction]}-{key.name}")


def log(key: rulesets.Key, direction: str, index: int) -> str:
    """The chain of a rule that logs what matches it in one of several ways."""
    return _shortened(f"log-{rules(key, direction)}-{index}")


def rule(key: rulesets.Key, direction: str, index: int | None) -> str:
    """The comment of a rule, by which its counters are found; None stands for what no rule of a policy decides."""
    return f"{_shortened(str(key), _LONGEST_OWNER)} {direction} {'none' if index is None else index}"


def tier_end(tier: str) -> str:
    """The comment of the rule that ends a tier. At a longer one than it takes libnftables ends the process."""
    return f"tier {_shortened(tier, _LONGEST_OWNER)} ends in Deny"


def guard(wanted: guards.Guard) -> str:
    """The chain that packets to or from an endpoint go through."""
    return f"{_GUARD[wanted.direction]}-{_digest(repr(wanted))}"


def at_place(place: str, wanted: guards.Guard) -> str:
    """The chain of a guard of the host's own interfaces at one of the places where they are asked."""
    return f"{place}-{_digest(repr(wanted))}"


def addresses(selection: matches.Selection, family: int) -> str:
    """The set of a selection's addresses."""
    return f"addresses{family}-{_digest(selection.text)}"


def nets(named: members.Nets, family: int) -> str:
    """The set of the networks that a selection matches."""
    return f"nets{family}-{_digest(named.selection.text)}"


def ports(named: matches.PortsByName, family: int) -> str:
    """The set of the ports that a name stands for."""
    return f"ports{family}-{_digest(repr(named))}"


def intervals(listed: nft.Set) -> str:
    """The set of networks or ranges that a rule lists."""
    return f"intervals-{_digest(repr((listed.type, sorted(listed.elements, key=str))))}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _shortened(name: str, longest: int = _LONGEST) -> str:
    """No resource's name has an underscore, so a shortened name is never another one's."""
    return name if len(name) <= longest else f"{name[: longest - 17]}_{_digest(name)}"
