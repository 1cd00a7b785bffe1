"""Who holds an address: what a block says of it, as this plugin writes it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import blocks

HANDLE_PREFIX = "libnetwork."
_WINDOWS = "windows-reserved-ipam-handle"


def attributes(handle: str, node: str, timestamp: str) -> blocks.Attributes:
    """``node`` is Felix's word; collectors of others free addresses with ``pod``, ``namespace`` or ``type``."""
    return {"handle_id": handle, "secondary": {"node": node, "orchestrator": "libnetwork", "timestamp": timestamp}}


def secondary(holder: blocks.Attributes) -> Mapping[str, Any]:
    """What is known beside the handle."""
    found = holder.get("secondary")
    return found if isinstance(found, Mapping) else {}


def handle_of(holder: blocks.Attributes) -> str:
    """The handle; empty if there is none."""
    return str(holder.get("handle_id") or "")


def is_libnetworks(holder: blocks.Attributes) -> bool:
    """Whether this plugin took the address, on whatever host."""
    return handle_of(holder).startswith(HANDLE_PREFIX)


def is_ours(holder: blocks.Attributes, node: str) -> bool:
    """Whether an address is held for a container of this host, by this plugin."""
    return is_libnetworks(holder) and secondary(holder).get("node") == node


def is_reserved(holder: blocks.Attributes) -> bool:
    """An address that a host of Windows does not use, by upstream's mark: no handle's record, and no endpoint."""
    return handle_of(holder).lower() == _WINDOWS


def tunnel_attributes(handle: str, node: str, kind: str) -> blocks.Attributes:
    """Of an address that a host keeps for its end of tunnels; ``kind`` is upstream's ``type``."""
    return {"handle_id": handle, "secondary": {"node": node, "type": kind}}
