"""libnftables in this process: run commands as one transaction, list our table. The only importer of nftables."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import nftables

from calico_node.render import nft

from .errors import DataplaneError

Command = Mapping[str, Any]
_DOTTED = re.compile(r"::(ffff:)?[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_ABSENT = "No such file or directory"


class Library:
    """A libnftables context; not to be shared between threads."""

    def __init__(self) -> None:
        self._context = nftables.Nftables()
        self._context.set_json_output(True)
        self._context.set_handle_output(False)
        self._context.set_stateless_output(True)
        # Names of protocols, ICMP types and states differ between versions, numbers do not.
        self._context.set_numeric_proto_output(True)
        self._context.set_numeric_prio_output(True)
        self._context.set_numeric_symbol_output(True)

    def run(self, commands: Iterable[Command]) -> None:
        """All of the commands or, with a DataplaneError, none of them."""
        code, _output, error = self._context.cmd(json.dumps({"nftables": list(commands)}))
        if code:
            raise DataplaneError(f"nftables refused a transaction: {_shortened(error)}")

    def table(self) -> tuple[Mapping[str, Any], ...] | None:
        """Everything in our table as nftables lists it; None without a table."""
        code, output, error = self._context.cmd(f"list table {nft.FAMILY} {nft.TABLE}")
        if code and _ABSENT in error:
            return None
        if code:
            raise DataplaneError(f"nftables cannot list table {nft.FAMILY} {nft.TABLE}: {_shortened(error)}")
        return tuple(json.loads(_DOTTED.sub(_undotted, output))["nftables"])


def _undotted(found: re.Match[str]) -> str:
    """An IPv6 address that nftables writes with an IPv4 one at its end, as Python writes it."""
    return str(ipaddress.ip_address(found[0]))


def _shortened(error: str) -> str:
    """The first line: what follows repeats the whole transaction."""
    return error.strip().partition("\n")[0][:500] or "no reason given"
