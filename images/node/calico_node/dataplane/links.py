"""Which interfaces of ours there are: kept up to date by a thread that listens to the kernel.

An interface's ``era`` changes whenever the kernel may have dropped what hung on it: when it went down, came up, was
renamed or made anew. Whoever remembers something about an interface remembers its era with it.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from .errors import DataplaneError
from .netlink import LinkEvent

_LOG = logging.getLogger(__name__)
_RETRY_SECONDS = 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """An interface of ours that is up."""

    index: int
    era: int


Links = Mapping[str, Link]  # by name


class Listener(Protocol):
    """What is needed of netlink.LinkListener."""

    def links(self) -> Iterable[LinkEvent]: ...
    def events(self) -> Iterator[LinkEvent]: ...
    def close(self) -> None: ...


class Inventory:
    """The links with our prefix that are up, from a listing and events. Not shared between threads."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._names: dict[int, str] = {}
        self._links: dict[str, Link] = {}
        self._era = 0

    def list(self, listed: Iterable[LinkEvent]) -> None:
        """Start again from a listing: what happened before it is not known."""
        self._names.clear()
        self._links.clear()
        for event in listed:
            self.observe(event)

    def observe(self, event: LinkEvent) -> bool:
        """Take in an event; whether it changed anything."""
        name = event.name if event.up and (event.name or "").startswith(self._prefix) else None
        if self._names.get(event.index) == name:
            return False
        if (old := self._names.pop(event.index, None)) is not None:
            self._links.pop(old, None)
        if name is not None:
            self._era += 1
            self._names[event.index] = name
            self._links[name] = Link(event.index, self._era)
        return True

    def current(self) -> Links:
        return dict(self._links)


class LinkMonitor:
    """Runs the listener in a thread and calls ``changed`` after each change."""

    def __init__(self, prefix: str, listen: Callable[[], Listener], changed: Callable[[], None]) -> None:
        self._inventory = Inventory(prefix)
        self._listen = listen
        self._changed = changed
        self._current: Links | None = None
        self._stopped = threading.Event()

    @property
    def current(self) -> Links | None:
        """The links as of now; None while they are not known."""
        return self._current

    def start(self) -> None:
        threading.Thread(target=self._run, name="links", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._follow()
            except DataplaneError as error:
                _LOG.warning("links are unknown, listing them again: %s", error)
                self._publish(None)
                self._stopped.wait(_RETRY_SECONDS)

    def _follow(self) -> None:
        listener = self._listen()
        try:
            self._inventory.list(listener.links())
            self._publish(self._inventory.current())
            for event in listener.events():
                if self._stopped.is_set():
                    return
                if self._inventory.observe(event):
                    self._publish(self._inventory.current())
        finally:
            listener.close()

    def _publish(self, links: Links | None) -> None:
        self._current = links
        self._changed()
