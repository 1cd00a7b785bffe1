"""Asks the kernel: which of these packets pass?

A packet that should pass and does not come may have been lost, so it is sent again before it counts as dropped. One
that comes although it should not counts at once, and however late it comes.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from . import frames
from .cell import Wires
from .traffic import Sent

# How many are under way before anybody looks at what came: far less than the sockets have room for.
_BATCH = 128
_ATTEMPTS = 4
# Seconds in which nothing came: once for all packets, and for each attempt at those that did not come.
_PATIENCE, _LONG_PATIENCE = 0.002, 0.05


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """A packet of which the kernel does not do what was expected."""

    sent: Sent
    kernel: str

    def __str__(self) -> str:
        return f"{self.sent}: the kernel {self.kernel}"


@dataclasses.dataclass(slots=True)
class _Pending:
    sent: Sent
    datagram: bytes
    carried: bytes
    passes: bool
    arrived: bool = False


class Judge:
    """Numbers packets, sends them, and takes note of those that come."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._numbers = itertools.count(1)
        self._pending: Mapping[int, _Pending] = {}

    def differences(self, packets: Iterable[Sent], passing: Iterable[bool]) -> list[Difference]:
        """What the kernel does otherwise than expected."""
        late = list(self._collect())
        assert not late, f"after its time: {late[0]}"
        self._pending = {
            number: _pending(sent, number, passes=passes)
            for (sent, passes), number in zip(zip(packets, passing, strict=True), self._numbers, strict=False)
        }
        wrong = list(self._send(tuple(self._pending.values()), _PATIENCE))
        for _attempt in range(_ATTEMPTS):
            if missing := self._missing():
                wrong += self._send(missing, _LONG_PATIENCE)
        return wrong + [Difference(one.sent, "drops it") for one in self._missing()]

    def _missing(self) -> Sequence[_Pending]:
        return [one for one in self._pending.values() if one.passes and not one.arrived]

    def _send(self, wanted: Sequence[_Pending], patience: float) -> Iterator[Difference]:
        for turn, one in enumerate(wanted, 1):
            self._wires.send(one.sent.incoming, one.datagram)
            if turn % _BATCH == 0:
                yield from self._collect()
        yield from self._collect(patience)

    def _collect(self, patience: float = 0) -> Iterator[Difference]:
        """Take note of what came; what of it should not have come, or came elsewhere."""
        for arrival in self._wires.arrivals(patience):
            number = frames.number(arrival.carried)
            one = None if number is None else self._pending.get(number)
            # Errors and answers of the host quote our packets, but are not them.
            if one is None or one.arrived or one.carried != arrival.carried:
                continue
            one.arrived = True
            if not one.passes:
                yield Difference(one.sent, "lets it pass")
            elif arrival.place != one.sent.outgoing:
                yield Difference(one.sent, f"sends it to {arrival.place or 'itself'}")


def _pending(sent: Sent, number: int, *, passes: bool) -> _Pending:
    carried = frames.payload(frames.build(sent.onward or sent.packet, number))
    return _Pending(sent, frames.build(sent.packet, number), carried, passes)
