"""The chains that every packet meets, the same on every host: who may speak for an address, and which guard is asked.

Packets that have nothing to do with our interfaces leave at the first rule. An accept here ends only our own table; so
that Docker's and the host's iptables rules do not drop what passed here, the mark tells them (dataplane/iptables.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from calico_node.calc.settings import Settings

from . import marks, nft
from .rules import LOG

EGRESS, INGRESS = "egress", "ingress"  # verdict maps: interface -> guard
SOURCES = {4: "sources4", 6: "sources6"}  # interface . address that it may send from

_OURS = "cali*"
_FROM, _TO, _ALLOWED = "from-workload", "to-workload", "allowed"
_IN, _OUT = nft.meta("iifname"), nft.meta("oifname")
# As conntrack numbers them.
_INVALID, _ESTABLISHED, _RELATED = 1, 2, 4
# What IPv6 needs before, and beside, an address of its own: MLD, router and neighbour discovery.
_DISCOVERY = nft.match(nft.payload("icmpv6", "type"), {"set": [130, 131, 132, 133, 135, 136]})
_WITHOUT_ADDRESS = {"set": ["::", {"prefix": {"addr": "fe80::", "len": 10}}]}
_BRIDGES = {"set": ["br-*", "docker*"]}
_FLOWING = nft.match({"ct": {"key": "state"}}, [_ESTABLISHED, _RELATED], "in")
_BROKEN = nft.match({"ct": {"key": "state"}}, _INVALID, "in")
_BEFORE_CONNTRACK, _BEFORE_IPTABLES = -300, -5


def chains(settings: Settings) -> Mapping[str, nft.Chain]:
    """The base chains and what they enter."""
    return {
        "prerouting": nft.Chain(_prerouting(), nft.Hook("prerouting", _BEFORE_CONNTRACK)),
        "forward": nft.Chain(_forward(), nft.Hook("forward", _BEFORE_IPTABLES)),
        "input": nft.Chain(_input(settings), nft.Hook("input", _BEFORE_IPTABLES)),
        _FROM: nft.Chain(_guarded(_IN, EGRESS, "from an unknown interface")),
        _TO: nft.Chain(_guarded(_OUT, INGRESS, "to an unknown interface")),
        _ALLOWED: nft.Chain(_allowed()),
        LOG: nft.Chain((nft.Rule(({"log": {"prefix": f"{settings.log_prefix}: ", "level": "notice"}},)),)),
    }


def _prerouting() -> tuple[nft.Rule, ...]:
    return (
        nft.Rule((nft.match(_IN, _OURS, "!="), nft.ACCEPT)),
        nft.Rule((nft.match(nft.concatenation(_IN, nft.payload("ip", "saddr")), f"@{SOURCES[4]}"), nft.ACCEPT)),
        nft.Rule((nft.match(nft.concatenation(_IN, nft.payload("ip6", "saddr")), f"@{SOURCES[6]}"), nft.ACCEPT)),
        nft.Rule((nft.match(nft.payload("ip6", "saddr"), _WITHOUT_ADDRESS), _DISCOVERY, nft.ACCEPT)),
        nft.Rule((nft.COUNTER, nft.DROP), "source address is not the interface's"),
    )


def _forward() -> tuple[nft.Rule, ...]:
    return (
        nft.Rule((nft.match(_IN, _OURS, "!="), nft.match(_OUT, _OURS, "!="), nft.ACCEPT)),
        nft.Rule((_FLOWING, nft.goto(_ALLOWED))),
        nft.Rule((_BROKEN, nft.COUNTER, nft.DROP), "invalid"),
        nft.Rule((nft.match(_IN, _OURS), nft.jump(_FROM))),
        nft.Rule((nft.match(_OUT, _OURS), nft.jump(_TO))),
        nft.Rule((nft.goto(_ALLOWED),)),
    )


def _input(settings: Settings) -> tuple[nft.Rule, ...]:
    """Return and Accept both leave the packet to the host's own INPUT rules."""
    dropped = settings.default_endpoint_to_host_action == "Drop"
    end = nft.Rule((nft.COUNTER, nft.DROP), "workload to host") if dropped else nft.Rule((nft.ACCEPT,))
    return (
        nft.Rule((nft.match(_IN, _OURS, "!="), nft.ACCEPT)),
        nft.Rule((_DISCOVERY, nft.ACCEPT)),
        nft.Rule((_FLOWING, nft.ACCEPT)),
        nft.Rule((_BROKEN, nft.COUNTER, nft.DROP), "invalid"),
        nft.Rule((nft.jump(_FROM),)),
        end,
    )


def _guarded(interface: nft.Expression, verdicts: str, otherwise: str) -> tuple[nft.Rule, ...]:
    """Ask the guard of an interface; without one nothing is accepted."""
    return (
        nft.Rule((marks.CLEAR,)),
        nft.Rule((nft.lookup(interface, verdicts),)),
        nft.Rule((marks.lacks(marks.ACCEPTED), nft.COUNTER, nft.DROP), otherwise),
    )


def _allowed() -> tuple[nft.Rule, ...]:
    """Tell iptables, except beside Docker's bridges: what is isolated there is Docker's to say."""
    return (
        nft.Rule((nft.match(_IN, _BRIDGES), marks.CLEAR, nft.ACCEPT)),
        nft.Rule((nft.match(_OUT, _BRIDGES), marks.CLEAR, nft.ACCEPT)),
        nft.Rule((marks.put(marks.ACCEPTED), nft.ACCEPT)),
    )
