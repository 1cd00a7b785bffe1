"""The chains that every packet meets: who may speak for an address, and which guard is asked.

Packets that have nothing to do with our interfaces leave at the first rule, unless the host's own are HostEndpoints too
(host_endpoints.py). An accept here ends only our own table; so that Docker's and the host's iptables rules do not drop
what passed here, the mark tells them (dataplane/iptables.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from calico_node.calc.host_endpoints import HostEndpoints
from calico_node.calc.hosts import HostState
from calico_node.calc.settings import Settings

from . import host_endpoints, marks, nets, nft, packets, places, published, tunnels
from .rulesets import LOG

EGRESS, INGRESS = "egress", "ingress"  # verdict maps: interface -> guard
SOURCES = {4: "sources4", 6: "sources6"}  # interface . address that it may send from

_FROM, _TO = "from-workload", "to-workload"
_WITHOUT_ADDRESS = ("::", {"prefix": {"addr": "fe80::", "len": 10}})
_BRIDGES = ("br-*", "docker*")
_BEFORE_CONNTRACK, _BEFORE_IPTABLES = -300, -5
_IP_IN_IP = 4
_DENY = (nft.COUNTER, nft.DROP)


def chains(state: HostState) -> Mapping[str, nft.Chain]:
    """The base chains and what they enter."""
    settings, own = state.settings, state.own
    unknown_source, unknown_target = "from an unknown interface", "to an unknown interface"
    return {
        "prerouting": nft.Chain(tuple(_prerouting(state)), nft.Hook("prerouting", _BEFORE_CONNTRACK)),
        "forward": nft.Chain(
            (*tunnels.forwarded(state.tunnels, settings), *_forward(own, settings)),
            nft.Hook("forward", _BEFORE_IPTABLES),
        ),
        "input": nft.Chain(tuple(_input(state)), nft.Hook("input", _BEFORE_IPTABLES)),
        _FROM: nft.Chain((*_no_tunnels(settings), *_guarded(packets.IN, EGRESS, unknown_source))),
        _TO: nft.Chain(_guarded(packets.OUT, INGRESS, unknown_target)),
        places.ALLOWED: nft.Chain(_allowed()),
        LOG: nft.Chain((nft.Rule(({"log": {"prefix": f"{settings.log_prefix}: ", "level": "notice"}},)),)),
    }


def _prerouting(state: HostState) -> Iterator[nft.Rule]:
    if host_endpoints.marked_early(state.own):
        yield nft.Rule((marks.CLEAR,))
    untracked = places.UNTRACKED_IN.asked(state.own)
    others = nft.goto(places.UNTRACKED_IN.name) if untracked else nft.ACCEPT
    yield nft.Rule((packets.NOT_FROM_WORKLOAD, others))
    if state.publishes:
        yield published.no_loopback()
    for version, protocol in ((4, "ip"), (6, "ip6")):
        sender = nft.concatenation(packets.IN, nft.payload(protocol, "saddr"))
        yield nft.Rule((nft.match(sender, f"@{SOURCES[version]}"), nft.ACCEPT))
    for source in _WITHOUT_ADDRESS:
        yield nft.Rule((nft.match(nft.payload("ip6", "saddr"), source), packets.DISCOVERY, nft.ACCEPT))
    yield from _spoofable(state)
    yield nft.Rule(_DENY, "source address is not the interface's")


def _spoofable(state: HostState) -> Iterator[nft.Rule]:
    """What some workloads may send besides: seldom met, so one by one."""
    for interface, allowed in state.spoofable.items():
        for version in (4, 6):
            if found := [net for net in allowed if net.version == version]:
                yield nft.Rule((nft.match(packets.IN, interface), nets.match(version, "saddr", found), nft.ACCEPT))


def _forward(own: HostEndpoints, settings: Settings) -> Iterator[nft.Rule]:
    incoming, outgoing = host_endpoints.rules_forwarded(own)
    others = nft.goto(host_endpoints.FORWARD) if own.all else nft.ACCEPT
    yield nft.Rule((packets.NOT_FROM_WORKLOAD, packets.NOT_TO_WORKLOAD, others))
    yield nft.Rule((packets.FLOWING, nft.goto(places.ALLOWED)))
    yield from places.invalid(settings)
    if incoming:
        yield host_endpoints.forwarded_in(own)
    yield nft.Rule((packets.FROM_WORKLOAD, nft.jump(_FROM)))
    yield nft.Rule((packets.TO_WORKLOAD, nft.jump(_TO)))
    if outgoing:
        yield nft.Rule((nft.jump(places.FORWARD_OUT.name),))
    yield nft.Rule((nft.goto(places.ALLOWED),))


def _input(state: HostState) -> Iterator[nft.Rule]:
    """Return and Accept both leave a workload's packet to the host's own INPUT rules."""
    own, settings = state.own, state.settings
    yield from tunnels.received(state.tunnels, settings)
    yield nft.Rule((packets.NOT_FROM_WORKLOAD, nft.goto(places.IN.name) if own.all else nft.ACCEPT))
    yield nft.Rule((packets.DISCOVERY, nft.ACCEPT))
    yield nft.Rule((packets.FLOWING, nft.ACCEPT))
    yield from places.invalid(settings)
    yield nft.Rule((nft.jump(_FROM),))
    if settings.default_endpoint_to_host_action == "Drop":
        yield nft.Rule(_DENY, "workload to host")
    else:
        yield nft.Rule((nft.ACCEPT,))


def _no_tunnels(settings: Settings) -> Iterator[nft.Rule]:
    """A workload that wraps its packets would carry them past egress policy, and into the hosts' own tunnels."""
    if not settings.allow_vxlan_packets_from_workloads:
        yield nft.Rule((nft.match(nft.payload("udp", "dport"), settings.vxlan_port), *_DENY), "VXLAN of a workload")
    if not settings.allow_ipip_packets_from_workloads:
        yield nft.Rule((nft.match(nft.meta("l4proto"), _IP_IN_IP), *_DENY), "IP in IP of a workload")


def _guarded(interface: nft.Expression, verdicts: str, otherwise: str) -> tuple[nft.Rule, ...]:
    """Ask the guard of an interface; without one nothing is accepted."""
    return (
        nft.Rule((marks.CLEAR,)),
        nft.Rule((nft.lookup(interface, verdicts),)),
        nft.Rule((marks.lacks(marks.ACCEPTED), *_DENY), otherwise),
    )


def _allowed() -> tuple[nft.Rule, ...]:
    """Tell iptables, except beside Docker's bridges: what is isolated there is Docker's to say."""
    return (
        *(
            nft.Rule((nft.match(way, bridges), marks.CLEAR, nft.ACCEPT))
            for way in (packets.IN, packets.OUT)
            for bridges in _BRIDGES
        ),
        nft.Rule((marks.put(marks.ACCEPTED), nft.ACCEPT)),
    )
