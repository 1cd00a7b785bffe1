"""Follows the store: list, then watch from there; again from the list when the watch ends. Decides nothing."""

from __future__ import annotations

import logging
import threading

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder

from .inbox import Inbox

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE = 0.25
# Much less than the 10 s for which a container that starts waits for us: an etcd that is back is found in time.
_LONGEST_PAUSE = 2.0


class Feed:
    """Fills an inbox from a store, in a thread of its own."""

    def __init__(
        self, source: store.Store, inbox: Inbox, *, pause: float = _FIRST_PAUSE, longest: float = _LONGEST_PAUSE
    ) -> None:
        self._store = source
        self._inbox = inbox
        self._first_pause = pause
        self._pause = pause
        self._longest_pause = longest
        self._stopped = threading.Event()
        self._watch: store.Watch | None = None

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, name="feed", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        self._stopped.set()
        if self._watch is not None:
            self._watch.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._follow()
            except store.Compacted as error:
                _LOG.info("listing the store again: %s", error)
                self._inbox.lost()
            except store.StoreError as error:
                _LOG.warning("the store cannot be followed, nothing changes here until it can: %s", error)
                self._inbox.lost()
                self._stopped.wait(self._pause)
                self._pause = min(2 * self._pause, self._longest_pause)

    def _follow(self) -> None:
        self._watch = watch = self._listed()
        self._pause = self._first_pause
        for events in watch:
            self._inbox.hear(events)

    def _listed(self) -> store.Watch:
        """A watch from the listing on that the inbox has got: nobody else keeps what is in it."""
        listings = [self._store.list(prefix) for prefix in snapshot_builder.PREFIXES]
        # From the oldest one: what changed while the others were read comes again, which does no harm.
        revision = min(listing.revision for listing in listings)
        watch = self._store.watch(snapshot_builder.PREFIXES, revision)
        records = tuple(record for listing in listings for record in listing.records)
        self._inbox.list(store.Listing(records, revision))
        _LOG.info("the store has %d records at revision %d", len(records), revision)
        return watch
