"""Ports of the host that lead to endpoints (docker run -p): destinations are rewritten, sources where they must be.

The maps have an entry for each port, at certain addresses of the host or at all of them, so a port more or less is an
element of a map. The chains are there as long as there is any. They come after Docker's own at the same hooks: what
Docker publishes is Docker's. Of policy only that on the host's own interfaces which is preDNAT has been asked before,
all other is asked about the rewritten packet.

A source address is rewritten in two cases, in which the answer would not come back this way: an endpoint that asks its
own published port, and a process of the host that asks by way of loopback.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set

from calico_node.calc.published import Place, Publication

from . import changes, nft, packets

AT = {4: "published-at4", 6: "published-at6"}  # address . protocol . port of the host -> address . port
EVERYWHERE = {4: "published4", 6: "published6"}  # protocol . port of any address of the host -> address . port

_AFTER_DOCKER, _AFTER_DOCKERS_SOURCE = -90, 110
_PROTOCOLS = {4: "ip", 6: "ip6"}
_ADDRESS = {4: "ipv4_addr", 6: "ipv6_addr"}
_PORT = ("inet_proto", "inet_service")
# The maps, empty.
EMPTY = {
    **{AT[version]: nft.Set((kind, *_PORT), data=(kind, _PORT[1])) for version, kind in _ADDRESS.items()},
    **{EVERYWHERE[version]: nft.Set(_PORT, data=(kind, _PORT[1])) for version, kind in _ADDRESS.items()},
}
_LOCAL = 2  # as the kernel numbers types of addresses
_LOOPBACK = {"prefix": {"addr": "127.0.0.0", "len": 8}}
_TRANSLATED = "published"


def elements(published: Iterable[Publication]) -> Mapping[str, Set[nft.Element]]:
    """The entries of an endpoint in each of the maps."""
    found: dict[str, set[nft.Element]] = {name: set() for name in EMPTY}
    for one in published:
        place = one.place
        leads = (place.protocol, place.port, one.address, one.port)
        if place.address is None:
            found[EVERYWHERE[place.version]].add(leads)
        else:
            found[AT[place.version]].add((place.address, *leads))
    return found


def publications(sets: Mapping[str, nft.Set]) -> frozenset[Publication]:
    """What the maps of a table say, if there are any."""
    return frozenset(one for name in EMPTY if name in sets for one in _read(name, sets[name].elements))


def moved(changed: changes.Changes) -> tuple[frozenset[Publication], frozenset[Publication]]:
    """What is gone and what is new in the maps."""
    both = {name: one for name, one in changed.elements.items() if name in EMPTY}
    gone = frozenset(found for name, one in both.items() for found in _read(name, one.removed))
    new = frozenset(found for name, one in both.items() for found in _read(name, one.added))
    return gone, new | publications(changed.new_sets)


def _read(name: str, listed: Iterable[nft.Element]) -> Iterator[Publication]:
    version = next(version for version in (4, 6) if name in (AT[version], EVERYWHERE[version]))
    for element in listed:
        if not isinstance(element, tuple):
            continue  # a stranger's
        *at, protocol, port, address, target = map(str, element)
        yield Publication(Place(version, at[0] if at else None, int(protocol), int(port)), address, int(target))


def chains(sources: Mapping[int, str]) -> Mapping[str, nft.Chain]:
    """``sources`` are the sets of which interface has which addresses."""
    return {
        "published-to-host": _leading(nft.match(nft.payload("ip", "daddr"), _LOOPBACK), "prerouting"),
        "published-by-host": _leading(nft.match(nft.payload("ip6", "daddr"), "::1"), "output"),
        "published-source": nft.Chain(tuple(_sources(sources)), nft.Hook("postrouting", _AFTER_DOCKERS_SOURCE, "nat")),
        _TRANSLATED: nft.Chain(tuple(_translated())),
    }


def _leading(excepted: nft.Expression, hook: str) -> nft.Chain:
    """Nobody outside reaches what is published for loopback; from ::1 the kernel leads nowhere else."""
    rules = (nft.Rule((excepted, nft.ACCEPT)), nft.Rule((nft.goto(_TRANSLATED),)))
    return nft.Chain(rules, nft.Hook(hook, _AFTER_DOCKER, "nat"))


def no_loopback() -> nft.Rule:
    """To lead the host's loopback addresses to an interface, the kernel must take answers to them from it.

    Nothing else may come to them from there; answers still have the host's other address here.
    """
    to_loopback = nft.match(nft.payload("ip", "daddr"), _LOOPBACK)
    return nft.Rule((to_loopback, nft.COUNTER, nft.DROP), "to a loopback address of the host")


def _translated() -> Iterator[nft.Rule]:
    """A certain address goes before all of them."""
    fib = {"fib": {"result": "type", "flags": ["daddr"]}}
    yield nft.Rule((nft.match(fib, _LOCAL, "!="), nft.ACCEPT))
    for version, protocol in _PROTOCOLS.items():
        port = (nft.meta("l4proto"), nft.payload("th", "dport"))
        at = nft.concatenation(nft.payload(protocol, "daddr"), *port)
        yield nft.Rule((_to(protocol, at, AT[version]),))
        of_family = nft.match(nft.meta("nfproto"), {4: 2, 6: 10}[version])
        yield nft.Rule((of_family, _to(protocol, nft.concatenation(*port), EVERYWHERE[version])))


def _to(protocol: str, key: nft.Expression, name: str) -> nft.Expression:
    return {"dnat": {"family": protocol, "addr": {"map": {"key": key, "data": f"@{name}"}}}}


def _sources(sources: Mapping[int, str]) -> Iterator[nft.Rule]:
    for version, protocol in _PROTOCOLS.items():
        itself = nft.concatenation(packets.OUT, nft.payload(protocol, "saddr"))
        yield nft.Rule((packets.REWRITTEN, nft.match(itself, f"@{sources[version]}"), {"masquerade": None}))
    from_loopback = nft.match(nft.payload("ip", "saddr"), _LOOPBACK)
    yield nft.Rule((packets.TO_WORKLOAD, from_loopback, {"masquerade": None}))
