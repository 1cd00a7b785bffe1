"""When the agent acts: as soon as something changed and everything is known, again after a failure, and now and then.

One condition stands before every write: the store has been listed and the interfaces are known. While the store cannot
be reached the last state stays, and drift from it is still repaired.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import logging
import threading
from collections.abc import Callable
from typing import Protocol

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot
from calico_node.dataplane.links import Interfaces

from . import memory
from .complaints import Complaints
from .inbox import Batch, Inbox
from .order import Outcome
from .status import Report, Status

_LOG = logging.getLogger(__name__)
RESYNC_SECONDS = 75.0
# Who fights with us over our table does not get all of our time.
_SUSPICION_SECONDS = 1.0
_FIRST_RETRY, _LONGEST_RETRY = 0.5, 30.0


class Applier(Protocol):
    """What the loop needs of order.Order."""

    def resync(self) -> None: ...
    def apply(self, snapshot: Snapshot, interfaces: Interfaces, programmed: Callable[[Outcome], None]) -> Outcome: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Clock:
    """Time, so that tests can have their own: seconds for waiting, and the wall clock for people."""

    seconds: Callable[[], float]
    now: Callable[[], dt.datetime]


class Loop:
    """Turns batches into applies; runs in one thread."""

    def __init__(
        self, inbox: Inbox, interfaces: Callable[[], Interfaces | None], applier: Applier, status: Status, clock: Clock
    ) -> None:
        self._inbox = inbox
        self._interfaces = interfaces
        self._applier = applier
        self._status = status
        self._clock = clock
        self._snapshot: Snapshot | None = None
        self._applied: tuple[Snapshot, Interfaces] | None = None
        self._failed = False
        self._retry = _FIRST_RETRY
        self._retry_at = 0.0
        self._resync_at = 0.0
        self._resynced_at = 0.0
        self._complaints = Complaints()

    def run(self, stopped: threading.Event, alive: Callable[[], None], longest: float) -> None:
        """Until ``stopped``; ``alive`` is called after each turn, at least every ``longest`` seconds."""
        while not stopped.is_set():
            self.turn()
            alive()
            self._inbox.wait(min(self.idle_seconds(), longest))

    def turn(self) -> bool:
        """Take in what came, and apply if there is reason to; whether it did."""
        is_large = self._applied is None or self._inbox.has_listing
        with memory.loading() if is_large else contextlib.nullcontext():
            return self._turn()

    def _turn(self) -> bool:
        self._take(self._inbox.take())
        interfaces = self._interfaces()
        if self._snapshot is None or interfaces is None or not self._is_due(self._snapshot, interfaces):
            return False
        self._apply(self._snapshot, interfaces)
        return True

    def idle_seconds(self) -> float:
        """How long nothing will be due unless something changes."""
        next_time = min(self._retry_at, self._resync_at) if self._failed else self._resync_at
        known = self._snapshot is not None and self._interfaces() is not None
        return max(next_time - self._clock.seconds(), 0.0) if known else RESYNC_SECONDS

    def _take(self, batch: Batch) -> None:
        self._status.follow(in_sync=batch.connected)
        if batch.suspicious:
            self._resync_at = min(self._resync_at, self._resynced_at + _SUSPICION_SECONDS)
        if batch.listing is not None:
            self._snapshot = snapshot_builder.build(batch.listing.records, batch.listing.revision)
        if batch.events and self._snapshot is not None:
            self._snapshot = snapshot_builder.apply(self._snapshot, batch.events, batch.events[-1].revision)

    def _is_due(self, snapshot: Snapshot, interfaces: Interfaces) -> bool:
        now = self._clock.seconds()
        changed = self._applied is None or self._applied[0] is not snapshot or self._applied[1] != interfaces
        return changed or now >= self._resync_at or (self._failed and now >= self._retry_at)

    def _apply(self, snapshot: Snapshot, interfaces: Interfaces) -> None:
        if resync := self._clock.seconds() >= self._resync_at:
            self._applier.resync()
        known = self._applied is not None and self._applied[0] is snapshot and self._applied[1] == interfaces
        outcome = self._applier.apply(snapshot, interfaces, lambda done: self._publish(snapshot, done))
        self._publish(snapshot, outcome)
        self._applied = (snapshot, interfaces)
        self._note(outcome)
        if resync:
            self._resynced_at = self._clock.seconds()
            self._resync_at = self._resynced_at + RESYNC_SECONDS
        self._complain(snapshot, outcome)
        _log(snapshot.revision, outcome, repaired=resync and known and not self._failed)

    def _note(self, outcome: Outcome) -> None:
        """After a failure try again, later and later."""
        self._failed = bool(outcome.errors)
        if self._failed:
            self._retry_at = self._clock.seconds() + self._retry
            self._retry = min(2 * self._retry, _LONGEST_RETRY)
        else:
            self._retry = _FIRST_RETRY

    def _complain(self, snapshot: Snapshot, outcome: Outcome) -> None:
        """Invalid records must not pass in silence: what they were meant to open stays closed."""
        warnings = {f"BGP {number}": text for number, text in enumerate(outcome.warnings, start=1)}
        news = self._complaints.news({**snapshot.refused, **outcome.state.skipped, **warnings})
        for complaint in news.appeared:
            _LOG.warning("%s", complaint)
        for subject in news.gone:
            _LOG.info("%s: mended", subject)

    def _publish(self, snapshot: Snapshot, outcome: Outcome) -> None:
        state = outcome.state
        self._status.publish(
            Report(
                revision=snapshot.revision,
                programmed=outcome.programmed,
                skipped=state.skipped,
                errors=tuple(outcome.errors),
                warnings=outcome.warnings,
                invalid=snapshot.invalid,
                counts={
                    "endpoints": len(snapshot.endpoints),
                    "local": len(state.endpoints),
                    "programmed": len(outcome.programmed),
                    "policies": len(state.policies),
                    "profiles": len(state.profiles),
                },
                rulesets=(*state.policies.values(), *state.profiles.values()),
                last_apply=self._clock.now().isoformat(timespec="milliseconds"),
            )
        )


def _log(revision: int, outcome: Outcome, *, repaired: bool) -> None:
    for change in outcome.changes:
        _LOG.log(
            logging.WARNING if repaired else logging.INFO,
            "%s %d: %s",
            "repaired what drifted from revision" if repaired else "revision",
            revision,
            change,
        )
    for error in outcome.errors:
        _LOG.error("revision %d, will be tried again: %s", revision, error)
