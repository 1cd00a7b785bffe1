"""An audit of the store as it is, and its repair: each change from a fresh look, written by compare-and-swap.

Others write while we read, and upstream one key at a time. So what is wrong must be seen twice, some time apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.calico.docker.plugins.module_utils import store

from . import audit, books, swap
from .findings import Finding

SETTLING = 2.0  # seconds between two looks
Ask = Callable[[], books.Present | None]


class Auditor:
    """``ask`` is how to hear what this host's engine says, after the store was read; None if it does not answer."""

    def __init__(self, datastore: store.Store, ask: Ask, *, clock: swap.Clock = time, patience: float = 10.0) -> None:
        self._datastore = datastore
        self._ask = ask
        self._clock = clock
        self._patience = patience

    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, and was already a moment ago. Raises StoreError, Invalid."""
        before = {found.identity for found in self._look()}
        if not before:
            return ()
        self._clock.sleep(SETTLING)
        return tuple(found for found in self._look() if found.identity in before)

    def repair(self, finding: Finding) -> bool:
        """Put it right if it still is wrong; False if that is not safe any more. Raises StoreError, Invalid, Busy."""
        return swap.until_won(lambda: self._repair(finding), clock=self._clock, patience=self._patience)

    def _repair(self, finding: Finding) -> bool:
        again = next((found for found in self._look() if found.identity == finding.identity), None)
        if again is None:
            return True
        if (change := again.change) is None:
            return False
        change.commit(self._datastore)
        return True

    def _look(self) -> tuple[Finding, ...]:
        read = books.read(self._datastore, self._clock.time())
        return audit.audit(read, self._ask())
