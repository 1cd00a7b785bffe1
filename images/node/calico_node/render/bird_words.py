"""What may stand in BIRD's configuration: words that mean nothing but themselves, and texts of ours made of them."""

from __future__ import annotations

import ipaddress
import re

# Names, addresses and networks: nothing that ends a string, a statement or a line.
_WORD = re.compile(r"[A-Za-z0-9_.:/*?-]*")
_PLAIN = (str, int, ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Network, ipaddress.IPv6Network)


class Text(str):
    """A piece of BIRD's language, of which every value went through ``word``."""

    __slots__ = ()


def word(value: object) -> str:
    """The value as text, if it is one word. Raises ValueError."""
    if isinstance(value, _PLAIN) and _WORD.fullmatch(text := str(value)):
        return text
    raise ValueError(f"{value!r} is refused: it must be one word to stand in BIRD's configuration")


def printed(value: object) -> str:
    """What the template may print: called for every expression of it. Raises ValueError."""
    return value if isinstance(value, Text) else word(value)
