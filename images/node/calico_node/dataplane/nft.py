"""The driver of our nftables table: packets meet a change in one transaction, and none comes if nothing changes.

What was wanted last is what is there, so a change is all that is sent; after ``resync`` the next apply reads the table
and mends what somebody else did to it: every chain, rule, set and element is compared by value. Other tables are never
touched. A restarted agent recognises its own by the table's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from calico_node.render import changes, nft

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
        self._trusted = False

    def resync(self) -> None:
        """Look at the kernel before the next write."""
        self._trusted = False

    def read(self) -> nft.Table | None:
        """The table as it is in the kernel."""
        listed = self._library.table()
        return None if listed is None else nft_listing.read(listed)

    def apply(self, wanted: nft.Table, since_last: changes.Changes) -> int:
        """Change what differs; the number of commands that took.

        ``since_last`` leads to ``wanted`` from what was wanted in the call before. Raises DataplaneError; then part of
        the change may be there, and the next call looks at the kernel first.
        """
        transactions = nft_commands.transactions(since_last) if self._trusted else self._repair(wanted)
        self._trusted = not transactions
        try:
            self._run(transactions)
        except DataplaneError:
            # Whatever somebody left in the way goes with the old table, in one transaction too.
            transactions = [list(nft_commands.create(wanted))]
            self._run(transactions)
        self._trusted = True
        return sum(map(len, transactions))

    def remove(self) -> None:
        """Leave no table behind."""
        self._library.run(nft_commands.delete())
        self._trusted = False

    def _run(self, transactions: Iterable[Iterable[Mapping[str, Any]]]) -> None:
        for commands in transactions:
            self._library.run(commands)

    def _repair(self, wanted: nft.Table) -> list[list[Mapping[str, Any]]]:
        """Whatever leads from the kernel's table to the wanted one."""
        actual = self.read()
        if actual is None:
            return nft_commands.make(wanted)
        if not changes.fits(wanted, actual):
            return [list(nft_commands.create(wanted))]
        return nft_commands.transactions(changes.between(wanted, actual))
