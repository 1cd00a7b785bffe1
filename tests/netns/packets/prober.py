"""Sends without a break, beside whatever the test does: packets that must never pass, and such that always must."""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
import threading
import time
from collections.abc import Sequence
from types import TracebackType

from . import frames
from .cell import Wires
from .traffic import Sent

# Seconds in which nothing came after which a required packet counts as lost: each takes microseconds.
_PATIENCE = 0.25
# Seconds between rounds, so that the agent has the processor too.
_BREATH = 0.0005
_SOFTNET = pathlib.Path("/proc/net/softnet_stat")


@dataclasses.dataclass(slots=True)
class Report:
    """What became of the packets: when one came that should not, and when one was sent that did not come.

    ``overflows`` are those that the machine dropped for want of room, anywhere.
    """

    sent: int = 0
    seconds: float = 0
    passed: list[tuple[float, Sent]] = dataclasses.field(default_factory=list)
    lost: list[tuple[float, Sent]] = dataclasses.field(default_factory=list)
    overflows: int = 0

    def __str__(self) -> str:
        rate = f"{self.sent / self.seconds:.0f} a second" if self.seconds else "not yet done"
        return f"{self.sent} packets, {rate}: {len(self.passed)} passed, {len(self.lost)} lost"


class Prober:
    """Probes from entering to leaving; its report can be looked at all the time."""

    def __init__(self, wires: Wires, forbidden: Sequence[Sent], required: Sequence[Sent] = ()) -> None:
        self._wires = wires
        numbers = itertools.count(1)
        self._forbidden = {number: sent for sent, number in zip(forbidden, numbers, strict=False)}
        self._datagrams = {number: frames.build(sent.packet, number) for number, sent in self._forbidden.items()}
        self._carried = {
            number: frames.payload(frames.build(sent.onward or sent.packet, number))
            for number, sent in self._forbidden.items()
        }
        self._required = required
        self._numbers = numbers
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.report = Report()

    def __enter__(self) -> Prober:
        self.report.overflows -= _overflows()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()
        self.report.overflows += _overflows()

    def wait(self, seconds: float) -> None:
        """Let it probe for a while."""
        self._stopped.wait(seconds)

    def judge(self, races: int = 0) -> None:
        """Nothing forbidden has passed, and nothing required was lost but for want of room in the machine.

        ``races`` are packets that may have been between two hooks just when the kernel switched: the one asked the old
        rules, the other asks the new ones.
        """
        report = self.report
        assert report.sent
        assert len(report.passed) <= races, f"{report}; first to pass: {report.passed[0][1]}"
        assert len(report.lost) <= report.overflows + races, f"{report}; first to be lost: {report.lost[0][1]}"

    def _run(self) -> None:
        begun = time.monotonic()
        self._round()
        while not self._stopped.wait(_BREATH):
            self._round()
        self.report.seconds = time.monotonic() - begun

    def _round(self) -> None:
        for number, datagram in self._datagrams.items():
            self._wires.send(self._forbidden[number].incoming, datagram)
        due: dict[int, tuple[float, Sent]] = {}
        for sent, number in zip(self._required, self._numbers, strict=False):
            due[number] = time.monotonic(), sent
            self._wires.send(sent.incoming, frames.build(sent.packet, number))
        self._collect(due)
        self.report.lost += due.values()
        self.report.sent += len(self._forbidden) + len(self._required)

    def _collect(self, due: dict[int, tuple[float, Sent]]) -> None:
        """Take in what came, and wait for what is due."""
        for arrival in self._wires.arrivals(_PATIENCE if due else 0):
            number = frames.number(arrival.carried)
            if number in self._datagrams:
                self._suspect(number, arrival.carried, arrival.place)
            elif number in due and due[number][1].outgoing == arrival.place:
                del due[number]
                if not due:
                    return

    def _suspect(self, number: int, carried: bytes, place: str | None) -> None:
        """What the host says about a packet is not the packet; one that goes another way has not arrived."""
        sent = self._forbidden[number]
        if place == sent.outgoing and carried == self._carried[number]:
            self.report.passed.append((time.monotonic(), sent))


def _overflows() -> int:
    """Packets dropped because the kernel's queues between devices were full."""
    return sum(int(line.split()[1], 16) for line in _SOFTNET.read_text().splitlines())
