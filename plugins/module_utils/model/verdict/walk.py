"""The way of one packet through one host: which checks and policies it meets, in order, until one denies.

    from outside or a container:  source check - doNotTrack - preDNAT - published ports - then either
      forwarded:    HostEndpoint in (applyOnForward) - container out - container in - HostEndpoint out (applyOnForward)
      to the host:  container out, defaultEndpointToHostAction  or  HostEndpoint in
    from the host:  doNotTrack - HostEndpoint out;  to its own containers always

What doNotTrack or preDNAT policy allows does not meet the other policy of the incoming HostEndpoint.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from .hosts import Addresses, Host
from .packets import ALLOW, DENY, EGRESS, INGRESS, TRANSLATE, Packet, Step, Verdict
from .peers import Peers
from .policies import Policies, Subject, Use
from .published import Way
from .rules import ICMP, Sight

# Multicast listeners, router solicitation, neighbour discovery: without them a container has no gateway.
_NEIGHBOURHOOD = frozenset({130, 131, 132, 133, 135, 136})


@dataclasses.dataclass(slots=True)
class Walk:
    """One packet on its way; each stage answers whether it may go on, and adds to the trail what was said."""

    snapshot: Snapshot
    peers: Peers
    policies: Policies
    host: Host
    addresses: Addresses
    packet: Packet
    sight: Sight
    # Where a packet to the host itself goes on to, and how it looks then.
    way: Way | None = None
    onward: Sight | None = None
    trail: list[Step] = dataclasses.field(default_factory=list)

    def go(self, incoming: str | None, outgoing: str | None) -> Verdict:
        """The whole way; None is the host itself."""
        if incoming is not None:
            return Verdict(self._arrive(incoming, outgoing), tuple(self.trail))
        return Verdict(outgoing is None or self._leave(outgoing), tuple(self.trail))

    def workload(self, key: str, direction: str) -> bool:
        """The policy of a container's endpoint in one direction."""
        if direction == EGRESS and self.host.drops_encapsulated(self.packet):
            return self._say(key, direction, DENY, "containers may not send encapsulated packets")
        subject = Subject(key, direction, self.peers.workloads[key], self.snapshot.endpoints[key].spec.profiles)
        return self._ask_to_the_end(subject)

    def _arrive(self, incoming: str, outgoing: str | None) -> bool:
        if self.host.is_workload(incoming) and not self._is_genuine(incoming):
            return False
        untracked = self._ask_early(incoming, INGRESS, Use.UNTRACKED)
        said = untracked or self._ask_early(incoming, INGRESS, Use.PRE_DNAT)
        if said == DENY:
            return False
        if outgoing is None and untracked is None:
            outgoing = self._translate()
        if outgoing is not None:
            return self._forward(incoming, outgoing, accepted=said == ALLOW)
        if self.host.is_workload(incoming):
            return self._to_host(incoming)
        return said == ALLOW or self._own_traffic(incoming, INGRESS)

    def _translate(self) -> str | None:
        """Lead a packet to a published port on to its endpoint: the interface; None if it stays with the host."""
        if self.way is None or self.onward is None:
            return None
        self.packet, self.sight = self.way.packet, self.onward
        place = f"{self.packet.destination} port {self.packet.destination_port}"
        self._say(self.way.key, INGRESS, TRANSLATE, f"a published port: goes on to {place}")
        return self.way.interface

    def _leave(self, outgoing: str) -> bool:
        said = self._ask_early(outgoing, EGRESS, Use.UNTRACKED)
        if said is not None:
            return said == ALLOW
        return self.host.is_workload(outgoing) or self._own_traffic(outgoing, EGRESS)

    def _is_genuine(self, incoming: str) -> bool:
        """Only what a known endpoint sends, from an address of its own, comes any further."""
        key = self.host.workload_at(incoming)
        if key is None:
            return self._say(incoming, EGRESS, DENY, "no endpoint is known at the interface")
        if not self.host.may_send(self.snapshot.endpoints[key], self.packet.source):
            return self._say(key, EGRESS, DENY, "the source address is not the endpoint's")
        return True

    def _forward(self, incoming: str, outgoing: str, *, accepted: bool) -> bool:
        return (
            (accepted or self._through(incoming, INGRESS))
            and (not self.host.is_workload(incoming) or self._workload_at(incoming, EGRESS))
            and (not self.host.is_workload(outgoing) or self._workload_at(outgoing, INGRESS))
            and self._through(outgoing, EGRESS)
        )

    def _workload_at(self, interface: str, direction: str) -> bool:
        key = self.host.workload_at(interface)
        if key is None:
            return self._say(interface, direction, DENY, "no endpoint is known at the interface")
        return self.workload(key, direction)

    def _to_host(self, incoming: str) -> bool:
        """A container to its own host; no policy of a HostEndpoint is asked."""
        if self.packet.protocol == ICMP[6] == ICMP[self.sight.family] and self.packet.icmp_type in _NEIGHBOURHOOD:
            return self._say(incoming, EGRESS, ALLOW, "ICMPv6 that keeps the link alive")
        if not self._workload_at(incoming, EGRESS):
            return False
        action = self.host.settings.default_endpoint_to_host_action or DENY
        return self._say(
            incoming, EGRESS, DENY if action == "Drop" else ALLOW, f"defaultEndpointToHostAction is {action}"
        )

    def _own_traffic(self, interface: str, direction: str) -> bool:
        """The normal policy of a HostEndpoint, for what its host itself sends or receives."""
        name = self.host.endpoint_at(interface, self.addresses)
        if name is None or self._is_failsafe(name, direction):
            return True
        return not self._is_closed(name, direction) and self._ask_to_the_end(self._subject(name, direction))

    def _through(self, interface: str, direction: str) -> bool:
        """The policy of a HostEndpoint for what passes through the host: allowed where none decides."""
        name = self.host.endpoint_at(interface, self.addresses)
        if name is None:
            return True
        if self._is_closed(name, direction):
            return False
        return self.policies.ask(self._subject(name, direction), Use.FORWARD, self.sight, self.trail) != DENY

    def _ask_early(self, interface: str, direction: str, use: Use) -> str | None:
        """What policy says that comes before connection tracking or address translation; None if it does not decide."""
        name = self.host.endpoint_at(interface, self.addresses)
        if name is None or not self.policies.applying(self.peers.hosts[name], direction, use):
            return None
        untracked = use is Use.UNTRACKED
        if untracked and self.host.is_for_all(name):
            return None
        if self._is_failsafe(name, direction, replies=untracked):
            return None
        return self.policies.ask(self._subject(name, direction), use, self.sight, self.trail)

    def _is_failsafe(self, name: str, direction: str, *, replies: bool = False) -> bool:
        found = self.host.is_failsafe(self.packet, inbound=direction == INGRESS, replies=replies)
        return found and self._say(f"HostEndpoint {name}", direction, ALLOW, "a failsafe")

    def _is_closed(self, name: str, direction: str) -> bool:
        closed = self.snapshot.host_endpoints[name].spec.denies
        return closed and not self._say(f"HostEndpoint {name}", direction, DENY, "the HostEndpoint cannot be read")

    def _subject(self, name: str, direction: str) -> Subject:
        found = self.snapshot.host_endpoints[name].spec.profiles
        return Subject(f"HostEndpoint {name}", direction, self.peers.hosts[name], found)

    def _ask_to_the_end(self, subject: Subject) -> bool:
        said = self.policies.ask(subject, Use.NORMAL, self.sight, self.trail)
        return (said or self.policies.ask_profiles(subject, self.sight, self.trail)) == ALLOW

    def _say(self, endpoint: str, direction: str, outcome: str, reason: str) -> bool:
        self.trail.append(Step(endpoint, direction, None, None, None, outcome, reason))
        return outcome == ALLOW
