"""Workloads' packets to the world outside the pools leave with an address of the host, where a pool wants that.

The chain comes after Docker's own at the same hook: what Docker translates is Docker's. Only the first packet of a
connection meets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from calico_node.calc.nat_outgoing import NatOutgoing
from calico_node.calc.settings import Settings

from . import nets, nft

_AFTER_DOCKER = 110
_FAMILIES = {4: "ip", 6: "ip6"}
_TCP, _UDP = 6, 17


def chains(nat: Mapping[int, NatOutgoing], settings: Settings) -> Mapping[str, nft.Chain]:
    """None, where no pool asks for it."""
    rules = tuple(rule for version, one in nat.items() for rule in _rules(version, one, settings))
    return {"nat-outgoing": nft.Chain(rules, nft.Hook("postrouting", _AFTER_DOCKER, "nat"))} if rules else {}


def _rules(version: int, nat: NatOutgoing, settings: Settings) -> Iterator[nft.Rule]:
    """With a range of ports, one rule each for the protocols that can do without the others."""
    leaving = (nets.match(version, "saddr", nat.sources), nets.match(version, "daddr", nat.inside, "!="))
    address = settings.nat_outgoing_address
    if address is not None and address.version != version:
        address = None
    source = {} if address is None else {"family": _FAMILIES[version], "addr": str(address)}
    verb = "masquerade" if address is None else "snat"
    if settings.nat_port_range is not None:
        ports = {"port": {"range": [settings.nat_port_range.low, settings.nat_port_range.high]}}
        for protocol in (_TCP, _UDP):
            yield nft.Rule((nft.match(nft.meta("l4proto"), protocol), *leaving, {verb: {**source, **ports}}))
    yield nft.Rule((*leaving, {verb: source or None}))
