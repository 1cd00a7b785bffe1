"""The places on a packet's way where the guard of a host's own interface is asked, and the guard's chain at each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from calico_node.calc.guards import Guard
from calico_node.calc.host_endpoints import HostEndpoints, InterfaceGuards
from calico_node.calc.settings import Settings

from . import failsafes, guards, marks, names, nft, packets

ALLOWED = "allowed"  # bases.py
_UNDECIDED = marks.lacks(marks.ACCEPTED)


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A place on a packet's way where the guard of its interface is asked: a chain, and a verdict map of that name."""

    name: str
    interface: nft.Expression
    guard: Callable[[InterfaceGuards], Guard]
    rules: Callable[[Guard, Settings], Iterator[nft.Rule]]
    # Whether a guard without tiers has nothing to say here.
    open_ended: bool = False

    def asked(self, own: HostEndpoints) -> bool:
        """Whether some guard has something to say here."""
        return any(self._speaks(one) for one in own.all)

    def entered(self, own: HostEndpoints) -> Iterator[InterfaceGuards]:
        """Those whose chain is there: of each interface, and of all others if it has something to say."""
        yield from own.interfaces.values()
        if own.others is not None and self._speaks(own.others):
            yield own.others

    def lookup(self, own: HostEndpoints) -> Iterator[nft.Rule]:
        """Ask the guard of the interface, or that of all others, which comes back without the mark if undecided."""
        yield nft.Rule((nft.lookup(self.interface, self.name),))
        if own.others is not None and self._speaks(own.others):
            yield nft.Rule((_UNDECIDED, nft.jump(self.chain_name(own.others))))

    def chain_name(self, one: InterfaceGuards) -> str:
        """The chain of an interface's guard: equal guards share one."""
        return names.at_place(self.name, self.guard(one))

    def chain(self, one: InterfaceGuards, settings: Settings) -> nft.Chain:
        """A guard with nothing to say is still there, before that of all others."""
        if not self._speaks(one):
            return nft.Chain((nft.Rule((nft.ACCEPT,)),))
        return nft.Chain(tuple(self.rules(self.guard(one), settings)))

    def _speaks(self, one: InterfaceGuards) -> bool:
        return bool(self.guard(one).tiers) or not self.open_ended


def invalid(settings: Settings) -> tuple[nft.Rule, ...]:
    """Drop what conntrack can make no sense of."""
    if settings.disable_conntrack_invalid_check:
        return ()
    return (nft.Rule((packets.BROKEN, nft.COUNTER, nft.DROP), "invalid"),)


def _normal(guard: Guard, settings: Settings) -> Iterator[nft.Rule]:
    yield from invalid(settings)
    yield nft.Rule((nft.jump(failsafes.name(guard.direction)),))
    yield from guards.tiers(guard)
    yield from guards.profiles(guard)


def _forward(guard: Guard, settings: Settings) -> Iterator[nft.Rule]:
    """Without a policy that applies to forwarded packets, and after Pass, they are allowed."""
    yield nft.Rule((packets.FLOWING, nft.goto(ALLOWED)))
    yield from invalid(settings)
    yield nft.Rule((marks.CLEAR,))
    yield from guards.tiers(guard)
    yield nft.Rule((marks.put(marks.ACCEPTED),))


def _before_dnat(guard: Guard, settings: Settings) -> Iterator[nft.Rule]:
    yield from invalid(settings)
    yield nft.Rule((nft.jump(failsafes.name(guard.direction)),))
    yield from guards.tiers(guard)
    yield nft.Rule((marks.CLEAR, nft.ACCEPT))


def _untracked(guard: Guard, _settings: Settings) -> Iterator[nft.Rule]:
    yield nft.Rule((nft.jump(failsafes.name(guard.direction, early=True)),))
    yield from guards.tiers(guard)
    yield nft.Rule((marks.CLEAR, nft.ACCEPT))


IN = Place("host-in", packets.IN, lambda one: one.ingress, _normal)
OUT = Place("host-out", packets.OUT, lambda one: one.egress, _normal)
FORWARD_IN = Place("host-forward-in", packets.IN, lambda one: one.forward_ingress, _forward)
FORWARD_OUT = Place("host-forward-out", packets.OUT, lambda one: one.forward_egress, _forward)
UNTRACKED_IN = Place("host-untracked-in", packets.IN, lambda one: one.untracked_ingress, _untracked, open_ended=True)
UNTRACKED_OUT = Place("host-untracked-out", packets.OUT, lambda one: one.untracked_egress, _untracked, open_ended=True)
BEFORE_DNAT = Place("host-before-dnat", packets.IN, lambda one: one.before_dnat, _before_dnat, open_ended=True)
ALL = (IN, OUT, FORWARD_IN, FORWARD_OUT, UNTRACKED_IN, UNTRACKED_OUT, BEFORE_DNAT)
