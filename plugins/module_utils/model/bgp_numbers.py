"""Numbers of BGP: autonomous systems (RFC 6793) and communities (RFC 1997, RFC 8092)."""

from __future__ import annotations

import re

from .errors import Invalid
from .schema import Form

_DOTTED_AS = re.compile(r"([0-9]{1,5})\.([0-9]{1,5})")
_COMMUNITY = re.compile(r"([0-9]{1,10}):[0-9]{1,10}(:[0-9]{1,10})?")


def _decode_as_number(value: object, _strict: bool) -> int:
    number = value
    if isinstance(value, str):
        dotted = _DOTTED_AS.fullmatch(value)
        if dotted:
            high, low = (int(part) for part in dotted.groups())
            number = high * 65536 + low if high < 65536 and low < 65536 else None
        elif re.fullmatch("[0-9]{1,10}", value):
            number = int(value)
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 4294967295:
        raise Invalid.of(value, 'must be an AS number from 1 to 4294967295, or "high.low"')
    return number


def is_community(text: str) -> bool:
    """True for two numbers of 16 bits (RFC 1997) or three of 32 (RFC 8092)."""
    found = _COMMUNITY.fullmatch(text)
    most = 0 if found is None else 65535 if found[2] is None else 4294967295
    return found is not None and all(int(part) <= most for part in text.split(":"))


def community(text: str) -> tuple[int, ...]:
    """The two or three numbers of a community."""
    return tuple(map(int, text.split(":")))


def _decode_community(value: object, _strict: bool) -> str:
    if not isinstance(value, str) or not is_community(value):
        raise Invalid.of(value, "must be a community such as 64512:100, or a large one such as 64512:1:100")
    return value


COMMUNITY: Form[str] = Form(_decode_community, lambda value: value)
AS_NUMBER: Form[int] = Form(_decode_as_number, lambda value: value)
