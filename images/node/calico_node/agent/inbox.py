"""What came in since the loop last looked. Writing is cheap and may be done by any thread; working is the loop's."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterable

from ansible_collections.calico.docker.plugins.module_utils import store


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """A new listing, if there was one, and the events after it.

    ``suspicious``: somebody may have changed what is ours in the kernel.
    """

    listing: store.Listing | None
    events: tuple[store.Event, ...]
    connected: bool
    suspicious: bool


class Inbox:
    """Listings and events of the store, and the wish to be looked at."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting = False
        self._listing: store.Listing | None = None
        self._events: list[store.Event] = []
        self._connected = False
        self._suspicious = False

    def list(self, listing: store.Listing) -> None:
        """Everything there is: older events no longer count."""
        with self._changed:
            self._listing, self._connected = listing, True
            self._events.clear()
            self._notify()

    def hear(self, events: Iterable[store.Event]) -> None:
        """All of them at once: a transaction must not be taken in halves."""
        with self._changed:
            self._events += events
            self._notify()

    def lost(self) -> None:
        """The store cannot be followed for now; what is known stays."""
        with self._changed:
            self._connected = False
            self._notify()

    def suspect(self) -> None:
        """Somebody may have changed what is ours in the kernel."""
        with self._changed:
            self._suspicious = True
            self._notify()

    def poke(self) -> None:
        """Something else changed."""
        with self._changed:
            self._notify()

    @property
    def has_listing(self) -> bool:
        """Whether the next batch has everything there is."""
        return self._listing is not None

    def wait(self, seconds: float) -> None:
        """Until something is there, or the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting, seconds)

    def take(self) -> Batch:
        """What is there, all at once: a burst becomes one batch."""
        with self._changed:
            batch = Batch(self._listing, tuple(self._events), self._connected, self._suspicious)
            self._listing, self._waiting, self._suspicious = None, False, False
            self._events.clear()
            return batch

    def _notify(self) -> None:
        self._waiting = True
        self._changed.notify_all()
