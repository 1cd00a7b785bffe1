"""Forms of the values that resources are made of (sources: calico-v3 validation rules, RFC 4271, RFC 6793)."""

from __future__ import annotations

import functools
import ipaddress
import math
import re
from collections.abc import Callable
from typing import Any, TypeGuard, TypeVar

from . import names, selectors
from .errors import Invalid, Problem
from .schema import Form, shared

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface

_DURATION = re.compile(r"0|([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+")


def _same(value: T) -> T:
    return value


def text(pattern: str = r"[\s\S]*", allowed: str = "text") -> Form[str]:
    """A string that matches ``pattern`` whole."""
    compiled = re.compile(pattern)

    def decode(value: object, _strict: bool) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise Invalid.of(value, f"must be {allowed}")
        return value

    return Form(decode, _same)


def choice(*values: str) -> Form[str]:
    """One of a fixed list of words."""

    def decode(value: object, _strict: bool) -> str:
        if not isinstance(value, str) or value not in values:
            raise Invalid.of(value, f"must be one of {', '.join(values)}")
        return value

    return Form(decode, _same)


def integer(low: int, high: int) -> Form[int]:
    """A whole number from ``low`` to ``high``; booleans are not numbers."""

    def decode(value: object, _strict: bool) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Invalid.of(value, f"must be a whole number from {low} to {high}")
        return value

    return Form(decode, _same)


def _decode_number(value: object, _strict: bool) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Invalid.of(value, "must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Invalid.of(value, "must be a finite number")
    return number


# Whole orders are written without a fraction, as upstream's JSON does.
NUMBER: Form[float] = Form(_decode_number, lambda value: int(value) if value.is_integer() else value)


def _decode_boolean(value: object, _strict: bool) -> bool:
    if not isinstance(value, bool):
        raise Invalid.of(value, "must be true or false")
    return value


BOOLEAN: Form[bool] = Form(_decode_boolean, _same)
# False and absent are one meaning; upstream writes only true.
FLAG: Form[bool] = Form(_decode_boolean, lambda value: value or None)
# Kept as it is; an empty object is the same as none.
ANYTHING: Form[Any] = Form(lambda value, _strict: None if value == {} else value, _same)


def _is_plain(value: object) -> TypeGuard[str]:
    """Text without a zone: ipaddress takes any text behind a ``%``, which must not reach a configuration file."""
    return isinstance(value, str) and "%" not in value


def _decode_network(value: object, _strict: bool) -> Network:
    if not _is_plain(value) or "/" not in value:
        raise Invalid.of(value, "must be a CIDR such as 10.65.0.0/16 or fd65::/48")
    try:
        # What ipaddress.ip_network does, without trying IPv4 first.
        return ipaddress.IPv6Network(value) if ":" in value else ipaddress.IPv4Network(value)
    except ValueError:
        raise Invalid.of(value, _masked_hint(value)) from None


def _masked_hint(value: str) -> str:
    try:
        return f"has host bits set, did you mean {ipaddress.ip_network(value, strict=False)}?"
    except ValueError:
        return "must be a CIDR such as 10.65.0.0/16 or fd65::/48"


def _decode_address(value: object, _strict: bool) -> Address:
    try:
        if _is_plain(value):
            return ipaddress.ip_address(value)
    except ValueError:
        pass
    raise Invalid.of(value, "must be an IP address such as 10.0.0.1 or fd00::1")


def interface(version: int) -> Form[Interface]:
    """An address with the prefix length of its subnet (``10.0.0.1/24``); a bare address is a /32 or /128."""

    def decode(value: object, _strict: bool) -> Interface:
        try:
            found = ipaddress.ip_interface(value) if _is_plain(value) else None
        except ValueError:
            found = None
        if found is None or found.version != version:
            raise Invalid.of(
                value,
                f"must be an IPv{version} address with prefix length, such as "
                + ("10.0.0.1/24" if version == 4 else "fd00::1/64"),
            )
        return found

    return Form(decode, str)


def _decode_loose_network(value: object, _strict: bool) -> Network:
    if _is_plain(value):
        try:
            return ipaddress.ip_network(value, strict=False)
        except ValueError:
            pass
    raise Invalid.of(value, "must be a CIDR such as 10.65.0.0/16 or fd65::/48")


NETWORK: Form[Network] = Form(_decode_network, str)
# Host bits are masked, a bare address is a network of its own.
LOOSE_NETWORK: Form[Network] = Form(_decode_loose_network, str)
ADDRESS: Form[Address] = Form(_decode_address, str)


def address(version: int) -> Form[Address]:
    """An address of one family."""

    def decode(value: object, strict: bool) -> Address:
        found = _decode_address(value, strict)
        if found.version != version:
            raise Invalid.of(value, f"must be an IPv{version} address")
        return found

    return Form(decode, str)


def _decode_host_network(value: object, strict: bool) -> Network:
    found = _decode_network(value if not isinstance(value, str) or "/" in value else _host(value), strict)
    if found.prefixlen != found.max_prefixlen:
        raise Invalid.of(value, "must be a single address (/32 or /128)")
    return found


def _host(value: str) -> str:
    return f"{value}/{128 if ':' in value else 32}"


HOST_NETWORK: Form[Network] = Form(_decode_host_network, str)


def sequence(form: Form[T], most: int | None = None, *, keep_empty: bool = False) -> Form[tuple[T, ...]]:
    """A JSON list of one form, at most ``most`` long; ``keep_empty`` where an empty one is not the same as none."""

    def decode(value: object, strict: bool) -> tuple[T, ...]:
        if not isinstance(value, (list, tuple)):
            raise Invalid.of(value, "must be a list")
        if most is not None and len(value) > most:
            raise Invalid.of(f"{len(value)} entries", f"must have at most {most} entries")
        found: list[T] = []
        problems: list[Problem] = []
        for index, item in enumerate(value):
            try:
                found.append(form.decode(item, strict))
            except Invalid as error:
                problems.extend(error.under(f"[{index}]"))
        if problems:
            raise Invalid(problems)
        return tuple(found)

    return Form(decode, lambda items: [form.encode(item) for item in items], items=form.fields, keep_empty=keep_empty)


def _decode_selector(value: object, _strict: bool, *, parse: Callable[[str], selectors.Selector]) -> str:
    if not isinstance(value, str):
        raise Invalid.of(value, 'must be a selector such as role == "web"')
    try:
        parse(value)
    except selectors.SyntaxProblem as error:
        raise Invalid.of(value, str(error)) from None
    return value


SELECTOR: Form[str] = Form(functools.partial(_decode_selector, parse=selectors.parse), _same)
NAMESPACE_SELECTOR: Form[str] = Form(
    functools.partial(_decode_selector, parse=selectors.parse_namespace_selector), _same
)


NAME: Form[str] = text(
    r"(?=.{1,253}\Z)" + names.SUBDOMAIN.pattern,
    "a name of lower case letters, digits, '-' and '.', at most 253, starting and ending alphanumeric",
)
SHARED_NAME: Form[str] = shared(NAME)  # of something else, which many resources name
DURATION: Form[str] = text(_DURATION.pattern, 'a duration such as "30s" or "1m0s"')
INTERFACE_NAME: Form[str] = text(r"[A-Za-z0-9_.-]{1,15}", "an interface name of 1 to 15 of A-Za-z0-9_.-")
MAC: Form[str] = shared(text(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}", "a MAC address such as ee:ee:ee:ee:ee:ee"))
LOG_SEVERITY: Form[str] = choice("Trace", "Debug", "Info", "Warning", "Error", "Fatal")
