"""All packets in a few cells: no rule that is compared tells two packets of one cell apart.

Boundaries are the ports, protocols and ICMP types that any rule states. Of each cell one packet is asked about. A set
of cells is an int, with a bit for each.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator

from ansible_collections.calico.docker.plugins.module_utils.model import fields
from ansible_collections.calico.docker.plugins.module_utils.model import rules as model_rules
from ansible_collections.calico.docker.plugins.module_utils.model.ports import protocol_number
from ansible_collections.calico.docker.plugins.module_utils.model.verdict import packets
from ansible_collections.calico.docker.plugins.module_utils.model.verdict.rules import ICMP

TCP, UDP, SCTP, IPIP = 6, 17, 132, 4
WITH_PORTS = (TCP, UDP, SCTP)
LAST_PORT = 65535
# Its first and last port.
Range = tuple[int, int]


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """Packets of one protocol, None for all that nobody speaks of; ``icmp`` is type and code, None for the others."""

    protocol: int | None
    source: Range | None = None
    destination: Range | None = None
    icmp: tuple[int | None, int | None] | None = None


class Vocabulary:
    """What rules speak of."""

    def __init__(self, family: int) -> None:
        self.family = family
        self._protocols = {TCP, UDP, SCTP, ICMP[family], IPIP}
        self._icmp: dict[int, set[int]] = {}
        # The first port of each range, by side.
        self._starts: dict[tuple[int, str], set[int]] = {
            (protocol, side): {0} for protocol in WITH_PORTS for side in ("source", "destination")
        }

    def add_rule(self, rule: model_rules.Rule) -> None:
        """The boundaries that a rule draws; those of named ports are the endpoints' (add_port)."""
        for protocol in (rule.protocol, rule.not_protocol):
            if protocol is not None:
                self._protocols.add(protocol_number(protocol))
        for stated in (rule.icmp, rule.not_icmp):
            if stated is not None and stated.type is not None:
                self._icmp.setdefault(stated.type, set()).update(() if stated.code is None else (stated.code,))
        for side in ("source", "destination"):
            peer = getattr(rule, side)
            for port in (*peer.ports, *peer.not_ports):
                if not isinstance(port, str) and rule.protocol is not None:
                    self.add_port(protocol_number(rule.protocol), side, port.low, port.high)

    def add_port(self, protocol: int, side: str, low: int, high: int) -> None:
        self._starts[protocol, side] |= {low, high + 1}

    def cells(self) -> list[Cell]:
        """All packets, each in one cell."""
        found: list[Cell] = []
        for protocol in sorted(self._protocols):
            if protocol in WITH_PORTS:
                sides = (self._ranges(protocol, "source"), self._ranges(protocol, "destination"))
                found += (Cell(protocol, source, destination) for source, destination in itertools.product(*sides))
            elif protocol == ICMP[self.family]:
                found += (Cell(protocol, icmp=kind) for kind in self._icmp_kinds())
            else:
                found.append(Cell(protocol))
        return [*found, Cell(None)]

    def packet(self, cell: Cell, source: fields.Address, destination: fields.Address) -> packets.Packet:
        """The packet that stands for a cell."""
        ports = [None if side is None else side[0] for side in (cell.source, cell.destination)]
        kind, code = cell.icmp or (None, None)
        if cell.icmp is not None:
            code = _unused(self._icmp.get(-1 if kind is None else kind, ())) if code is None else code
            kind = _unused(self._icmp) if kind is None else kind
        protocol = _unused(self._protocols) if cell.protocol is None else cell.protocol
        return packets.Packet(protocol, source, destination, ports[0], ports[1], kind, code)

    def _ranges(self, protocol: int, side: str) -> Iterator[Range]:
        starts = sorted(self._starts[protocol, side])
        for first, following in itertools.zip_longest(starts, starts[1:], fillvalue=LAST_PORT + 1):
            if first <= LAST_PORT:
                yield (first, following - 1)

    def _icmp_kinds(self) -> Iterator[tuple[int | None, int | None]]:
        for kind, codes in sorted(self._icmp.items()):
            yield from ((kind, code) for code in sorted(codes))
            yield (kind, None)
        yield (None, None)


def _unused(numbers: Iterable[int]) -> int:
    """The highest number that is none of these: all the rest are alike."""
    taken = set(numbers)
    return next(number for number in range(255, -1, -1) if number not in taken)
