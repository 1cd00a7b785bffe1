"""Which connections have to be forgotten because a port of the host leads elsewhere now, until that has worked.

Only the first packet of a connection asks where a port leads. Connections through a publication that is gone go with
it. And who sends datagrams to a port again and again, from before it was published, would never reach the endpoint.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence, Set

from calico_node.calc.published import Publication
from calico_node.dataplane import conntrack
from calico_node.render import changes, nft, published

Forget = Callable[[conntrack.Ports], Sequence[str]]


class PortConnections:
    """Follows the maps of published ports; for one thread."""

    def __init__(self, forget: Forget) -> None:
        self._forget = forget
        self._gone: set[Publication] = set()
        self._new: set[Publication] = set()

    def start(self, before: nft.Table | None, wanted: nft.Table) -> Iterable[str]:
        """Compare with the table that an earlier agent left; changes nothing."""
        if before is not None:
            self._gone |= published.publications(before.sets) - published.publications(wanted.sets)
        return ()

    def note(self, changed: changes.Changes) -> None:
        """Take in how the table changes."""
        gone, new = published.moved(changed)
        self._gone = (self._gone - new) | gone
        self._new = (self._new - gone) | new

    def forget(self, local: Mapping[str, Iterable[str]]) -> Iterable[str]:
        """Forget what is to be forgotten; ``local`` are the host's own addresses. Raises DataplaneError."""
        if not self._gone and not self._new:
            return ()
        addresses = frozenset(address for found in local.values() for address in found)
        gone = {one for one in self._gone if not _is_wider(one, self._new)}
        forgotten = self._forget(conntrack.Ports(_forwards(gone), _forwards(self._new), addresses))
        self._gone, self._new = set(), set()
        return tuple(f"of {one} forgotten" for one in forgotten)


def _is_wider(gone: Publication, new: Set[Publication]) -> bool:
    """Whether a port that led to an endpoint at one address of the host now leads there at all of them.

    Its connections are still what they were then, unless another has the port at that one address. The other way round
    all of them go: those at the address that is left are not told from those at others.
    """
    everywhere = dataclasses.replace(gone.place, address=None)
    return dataclasses.replace(gone, place=everywhere) in new and all(one.place != gone.place for one in new)


def _forwards(publications: Iterable[Publication]) -> frozenset[conntrack.Forward]:
    return frozenset(
        conntrack.Forward(one.place.protocol, one.place.port, one.address, one.port) for one in publications
    )
