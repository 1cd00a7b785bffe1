"""The driver of our nftables table: one transaction a change, and none if nothing changes.

What is there is remembered from the last write; ``resync`` forgets it, so that the next apply reads the table and mends
what somebody else did to it: every chain, rule, set and element is compared by value. Other tables are never touched. A
restarted agent recognises its own by the table's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from calico_node.render import nft

from . import nft_commands, nft_listing
from .errors import DataplaneError


class Library(Protocol):
    """What the driver needs of libnftables."""

    def run(self, commands: Iterable[Mapping[str, Any]]) -> None: ...
    def table(self) -> tuple[Mapping[str, Any], ...] | None: ...


class NftDriver:
    """Makes the kernel's table equal to a wanted one."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: nft.Table | None = None
        self._trusted = False

    def resync(self) -> None:
        """Look at the kernel before the next write."""
        self._trusted = False

    def read(self) -> nft.Table | None:
        """The table as it is in the kernel."""
        listed = self._library.table()
        return None if listed is None else nft_listing.read(listed)

    def apply(self, wanted: nft.Table) -> int:
        """Change what differs; the number of commands that took. Raises DataplaneError, then nothing is changed."""
        if not self._trusted:
            self._known, self._trusted = self.read(), True
        commands = self._commands(wanted)
        if not commands:
            return 0
        self._trusted = False
        try:
            self._library.run(commands)
        except DataplaneError:
            # Whatever somebody left in the way goes with the old table, in one transaction too.
            commands = list(nft_commands.create(wanted))
            self._library.run(commands)
        self._known, self._trusted = wanted, True
        return len(commands)

    def remove(self) -> None:
        """Leave no table behind."""
        self._library.run(nft_commands.delete())
        self._known, self._trusted = None, True

    def _commands(self, wanted: nft.Table) -> list[Mapping[str, Any]]:
        if self._known is None or not nft_commands.fits(wanted, self._known):
            return list(nft_commands.create(wanted))
        return list(nft_commands.update(wanted, self._known))
