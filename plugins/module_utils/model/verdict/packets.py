"""A packet, what is decided of it, and why."""

from __future__ import annotations

import dataclasses

from ansible_collections.calico.docker.plugins.module_utils.model import fields

INGRESS, EGRESS = "ingress", "egress"
ALLOW, DENY, LOG, PASS = "Allow", "Deny", "Log", "Pass"
TRANSLATE = "Translate"  # no decision: the packet has another destination from here on


@dataclasses.dataclass(frozen=True, slots=True)
class Packet:
    """The first packet of a connection; ports and ICMP fields are None where the protocol has none."""

    protocol: int
    source: fields.Address
    destination: fields.Address
    source_port: int | None = None
    destination_port: int | None = None
    icmp_type: int | None = None
    icmp_code: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """Something that had a say: a rule, the end of a tier, or a check of the host (``reason`` says which).

    ``endpoint`` is a WorkloadEndpoint's ``namespace/name``, ``HostEndpoint <name>`` or an interface. ``policy`` is
    ``GlobalNetworkPolicy x``, ``NetworkPolicy ns/x`` or ``Profile x``; ``rule`` counts from 0, as in
    ``spec.ingress[0]``.
    """

    endpoint: str
    direction: str
    tier: str | None
    policy: str | None
    rule: int | None
    outcome: str
    reason: str = ""

    def __str__(self) -> str:
        """Who says so, for people, who count rules from 1."""
        if self.policy is not None:
            return self.policy if self.rule is None else f"{self.policy}, rule {self.rule + 1}"
        return self.reason


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the packet passes, and every step that led there; the last one decided."""

    allowed: bool
    trail: tuple[Step, ...] = ()

    def __str__(self) -> str:
        decided = str(self.trail[-1]) if self.trail else "nothing guards it"
        return f"{'allow' if self.allowed else 'deny'} ({decided})"
