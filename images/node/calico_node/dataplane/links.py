"""Which interfaces of ours there are, and the addresses of the host's others: a thread listens to the kernel.

An interface's ``era`` changes whenever the kernel may have dropped what hung on it: when it went down, came up, was
renamed or made anew. Whoever remembers something about an interface remembers its era with it.

Containers have no address on our side that matters, so their coming and going leaves the others' addresses alone.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from .errors import DataplaneError
from .netlink import AddressEvent, Event, LinkEvent

_LOG = logging.getLogger(__name__)
_RETRY_SECONDS = 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """An interface of ours that is up."""

    index: int
    era: int


Links = Mapping[str, Link]  # by name
Addresses = Mapping[str, frozenset[str]]  # by the name of the interface


@dataclasses.dataclass(frozen=True, slots=True)
class Interfaces:
    """Ours that are up, and the addresses of all others; ``era`` changes when one of these went down or came up."""

    ours: Links = dataclasses.field(default_factory=dict)
    addresses: Addresses = dataclasses.field(default_factory=dict)
    era: int = 0


class Listener(Protocol):
    """What is needed of netlink.LinkListener."""

    def links(self) -> Iterable[Event]: ...
    def events(self) -> Iterator[Event]: ...
    def close(self) -> None: ...


class Inventory:
    """The interfaces, from a listing and events. Not shared between threads."""

    def __init__(self, prefix: str) -> None:
        self._ours = _Ours(prefix)
        self._others = _Others(prefix)

    def list(self, listed: Iterable[Event]) -> None:
        """Start again from a listing: what happened before it is not known."""
        self._ours.forget()
        self._others.forget()
        for event in listed:
            self.observe(event)

    def observe(self, event: Event) -> bool:
        """Take in an event; whether it changed anything."""
        if isinstance(event, AddressEvent):
            return self._others.observe_address(event)
        changed = self._ours.observe(event)
        return self._others.observe_link(event) or changed

    def current(self) -> Interfaces:
        return Interfaces(dict(self._ours.links), self._others.addresses, self._others.era)


class _Ours:
    """The links with our prefix that are up."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._names: dict[int, str] = {}
        self._era = 0
        self.links: dict[str, Link] = {}

    def forget(self) -> None:
        self._names.clear()
        self.links.clear()

    def observe(self, event: LinkEvent) -> bool:
        name = event.name if event.up and (event.name or "").startswith(self._prefix) else None
        if self._names.get(event.index) == name:
            return False
        if (old := self._names.pop(event.index, None)) is not None:
            self.links.pop(old, None)
        if name is not None:
            self._era += 1
            self._names[event.index] = name
            self.links[name] = Link(event.index, self._era)
        return True


class _Others:
    """The addresses of the links without our prefix; ``addresses`` is replaced, never changed."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._names: dict[int, str] = {}
        self._up: dict[int, bool] = {}
        self._found: dict[int, set[str]] = {}
        self.addresses: Addresses = {}
        self.era = 0

    def forget(self) -> None:
        self._names.clear()
        self._up.clear()
        self._found.clear()
        self.addresses = {}
        self.era += 1

    def observe_link(self, event: LinkEvent) -> bool:
        return self._observe_state(event) | self._observe_name(event)

    def _observe_state(self, event: LinkEvent) -> bool:
        """With a link that goes down the kernel drops the routes that lead out by it; one without address has none."""
        before, self._up[event.index] = self._up.get(event.index), event.up
        if event.name is None:
            self._up.pop(event.index)
        if event.index not in self._found or before in (None, event.up):
            return False
        self.era += 1
        return True

    def _observe_name(self, event: LinkEvent) -> bool:
        if self._names.get(event.index) == event.name:
            return False
        matters = event.index in self._found
        if event.name is None:
            self._names.pop(event.index, None)
            self._found.pop(event.index, None)
        else:
            self._names[event.index] = event.name
        return matters and self._refresh()

    def observe_address(self, event: AddressEvent) -> bool:
        if event.address.startswith("fe80:"):
            return False  # the same on many links: it tells none of them
        found = self._found.setdefault(event.index, set())
        if (event.address in found) == event.present:
            return False
        found.symmetric_difference_update({event.address})
        return self._refresh()

    def _refresh(self) -> bool:
        """Whether any address that matters came or went; the old mapping stays if none did."""
        new = {
            self._names[index]: frozenset(found)
            for index, found in self._found.items()
            if found and index in self._names and not self._names[index].startswith(self._prefix)
        }
        if new == self.addresses:
            return False
        self.addresses = new
        return True


class LinkMonitor:
    """Runs the listener in a thread and calls ``changed`` after each change."""

    def __init__(self, prefix: str, listen: Callable[[], Listener], changed: Callable[[], None]) -> None:
        self._inventory = Inventory(prefix)
        self._listen = listen
        self._changed = changed
        self._current: Interfaces | None = None
        self._stopped = threading.Event()

    @property
    def current(self) -> Interfaces | None:
        """The interfaces as of now; None while they are not known."""
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

    def _publish(self, interfaces: Interfaces | None) -> None:
        self._current = interfaces
        self._changed()
