"""The chains of the host's own interfaces. Without a HostEndpoint there is none of them.

    prerouting  -300  prerouting -> host-untracked-in     untracked policy; what it allows is not tracked
    prerouting  -150  host-before-dnat                    preDNAT policy, before Docker rewrites destinations
    forward       -5  forward -> host-forward-in, -out    applyOnForward policy (bases.py)
    input         -5  input -> host-in                    normal policy
    output      -300  host-untracked-out
    output        -5  output -> host-out
    postrouting -150  output-rewritten -> host-out        only then is known where it leaves

What untracked or preDNAT policy allows carries the mark accepted, and is asked nothing more on its way in. Failsafe
ports come before every policy but applyOnForward, and set no mark: the next place asks about the packet again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from calico_node.calc.host_endpoints import HostEndpoints
from calico_node.calc.settings import Settings
from calico_node.calc.tunnels import Tunnels

from . import failsafes, marks, nft, packets, places, tunnels
from .places import BEFORE_DNAT, FORWARD_IN, FORWARD_OUT, IN, OUT, UNTRACKED_IN, UNTRACKED_OUT

_RAW, _MANGLE, _BEFORE_IPTABLES = -300, -150, -5
_ACCEPTED = marks.has(marks.ACCEPTED)
_UNDECIDED = marks.lacks(marks.ACCEPTED)
FORWARD = "host-forward"  # packets between interfaces of which none is a workload's


def marked_early(own: HostEndpoints) -> bool:
    """Whether a packet that comes in may carry the mark of an earlier place: only then does the mark mean anything."""
    return UNTRACKED_IN.asked(own) or BEFORE_DNAT.asked(own)


def rules_forwarded(own: HostEndpoints) -> tuple[bool, bool]:
    """Whether policy has a say on packets that are forwarded in by an interface, and out by one."""
    return (
        any(one.forward_ingress.tiers for one in own.all),
        any(one.forward_egress.tiers for one in own.all),
    )


def sets(own: HostEndpoints) -> Mapping[str, nft.Set]:
    """The verdict map of each place."""
    return {
        place.name: nft.Set(
            ("ifname",),
            frozenset((interface, place.chain_name(one)) for interface, one in own.interfaces.items()),
            verdict=True,
        )
        for place in places.ALL
        if place.asked(own)
    }


def chains(own: HostEndpoints, settings: Settings, through: Tunnels) -> Mapping[str, nft.Chain]:
    """What stands at each place, with the hooks that are needed for nothing else."""
    if not own.all:
        return {}
    found = dict(failsafes.chains(settings, early=UNTRACKED_IN.asked(own) or UNTRACKED_OUT.asked(own)))
    for place in (place for place in places.ALL if place.asked(own)):
        found[place.name] = nft.Chain(tuple(_DISPATCH[place.name](own)), _HOOKS.get(place.name))
        found.update((place.chain_name(one), place.chain(one, settings)) for one in place.entered(own))
    found[FORWARD] = nft.Chain(tuple(_neither_is_a_workloads(own)))
    found["output"] = nft.Chain((*tunnels.sent(through, settings), *_output(own)), nft.Hook("output", _BEFORE_IPTABLES))
    rewritten = nft.Rule((packets.SENT_BY_HOST, packets.REWRITTEN, nft.goto(OUT.name)))
    found["output-rewritten"] = nft.Chain((rewritten,), nft.Hook("postrouting", _MANGLE))
    return found


_HOOKS = {
    UNTRACKED_OUT.name: nft.Hook("output", _RAW),
    BEFORE_DNAT.name: nft.Hook("prerouting", _MANGLE),
}


def _in(own: HostEndpoints) -> Iterator[nft.Rule]:
    if marked_early(own):
        yield nft.Rule((_ACCEPTED, nft.ACCEPT))
    yield nft.Rule((packets.FLOWING, nft.ACCEPT))
    yield nft.Rule((marks.CLEAR,))
    yield from IN.lookup(own)


def _out(own: HostEndpoints) -> Iterator[nft.Rule]:
    """From the host to its workloads everything passes."""
    yield nft.Rule((packets.TO_WORKLOAD, nft.ACCEPT))
    yield nft.Rule((packets.FLOWING, nft.ACCEPT))
    yield nft.Rule((marks.CLEAR,))
    yield from OUT.lookup(own)


def _output(own: HostEndpoints) -> Iterator[nft.Rule]:
    """Where a packet to a rewritten destination leaves is not known here yet."""
    if UNTRACKED_OUT.asked(own):
        yield nft.Rule((_ACCEPTED, nft.ACCEPT))
    yield nft.Rule((packets.REWRITTEN, nft.ACCEPT))
    yield nft.Rule((nft.goto(OUT.name),))


def _forward_in(own: HostEndpoints) -> Iterator[nft.Rule]:
    if not marked_early(own):
        yield nft.Rule((marks.CLEAR,))
    yield from FORWARD_IN.lookup(own)


def _forward_out(own: HostEndpoints) -> Iterator[nft.Rule]:
    """The mark of the interface that it came in by stays, unless every interface is a HostEndpoint."""
    if own.others is not None:
        yield nft.Rule((marks.CLEAR,))
    yield from FORWARD_OUT.lookup(own)


def forwarded_in(own: HostEndpoints) -> nft.Rule:
    """Ask the guard of the interface that a forwarded packet came in by, unless an earlier place has allowed it."""
    unasked = (_UNDECIDED,) if marked_early(own) else ()
    return nft.Rule((*unasked, nft.jump(FORWARD_IN.name)))


def _neither_is_a_workloads(own: HostEndpoints) -> Iterator[nft.Rule]:
    """The mark accepted at the end says that one of the interfaces is a HostEndpoint: else it is not for us to tell."""
    yield forwarded_in(own)
    yield nft.Rule((nft.jump(FORWARD_OUT.name),))
    yield nft.Rule((_ACCEPTED, nft.goto(places.ALLOWED)))


def _untracked_in(own: HostEndpoints) -> Iterator[nft.Rule]:
    yield from UNTRACKED_IN.lookup(own)
    yield nft.Rule((_ACCEPTED, nft.NOTRACK, nft.ACCEPT))


def _untracked_out(own: HostEndpoints) -> Iterator[nft.Rule]:
    yield nft.Rule((marks.CLEAR,))
    yield from UNTRACKED_OUT.lookup(own)
    yield nft.Rule((_ACCEPTED, nft.NOTRACK, nft.ACCEPT))


def _before_rewriting(own: HostEndpoints) -> Iterator[nft.Rule]:
    if UNTRACKED_IN.asked(own):
        yield nft.Rule((_ACCEPTED, nft.ACCEPT))
    yield nft.Rule((packets.FLOWING, nft.ACCEPT))
    yield nft.Rule((marks.CLEAR,))  # of what others set since ours was cleared
    yield from BEFORE_DNAT.lookup(own)


_DISPATCH = {
    IN.name: _in,
    OUT.name: _out,
    FORWARD_IN.name: _forward_in,
    FORWARD_OUT.name: _forward_out,
    UNTRACKED_IN.name: _untracked_in,
    UNTRACKED_OUT.name: _untracked_out,
    BEFORE_DNAT.name: _before_rewriting,
}
