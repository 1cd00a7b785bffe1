"""The two bits of the packet mark that carry a verdict from chain to chain; all other bits are left alone."""

from __future__ import annotations

from . import nft

ACCEPTED = 0x10000
PASSED = 0x20000
_OTHERS = 0xFFFFFFFF & ~(ACCEPTED | PASSED)

_MARK = nft.meta("mark")
CLEAR: nft.Expression = {"mangle": {"key": _MARK, "value": {"&": [_MARK, _OTHERS]}}}


def put(bit: int) -> nft.Expression:
    """Set a bit."""
    return {"mangle": {"key": _MARK, "value": {"|": [_MARK, bit]}}}


def has(bit: int) -> nft.Expression:
    """Match if a bit is set."""
    return nft.match({"&": [_MARK, bit]}, bit)


def lacks(bit: int) -> nft.Expression:
    """Match if a bit is not set."""
    return nft.match({"&": [_MARK, bit]}, 0)
