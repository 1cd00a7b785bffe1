"""Forms of the values that resources are made of (sources: calico-v3 validation rules, RFC 4271, RFC 6793)."""

from __future__ import annotations

import functools
import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard, TypeVar

from . import selectors
from .errors import Invalid, Problem
from .schema import Form

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface

_LABEL_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_DURATION = re.compile(r"0|([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+")
_COMMUNITY = re.compile(r"([0-9]{1,10}):[0-9]{1,10}(:[0-9]{1,10})?")
_MAX_ANNOTATIONS = 256 * 1024
_DOTTED_AS = re.compile(r"([0-9]{1,5})\.([0-9]{1,5})")


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
        return ipaddress.ip_network(value, strict=True)
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


def _decode_labels(value: object, _strict: bool) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise Invalid.of(value, "must be a map of label names to values")
    problems = [problem for key, item in value.items() for problem in label_problems(key, item)]
    if problems:
        raise Invalid(problems)
    return dict(value)


def label_problems(key: object, value: object) -> list[Problem]:
    """What keeps ``key: value`` from being a label (Kubernetes' qualified names)."""
    problems = []
    if not is_qualified_name(key):
        problems.append(Problem(str(key), key, "a label name is [prefix/]name, name at most 63 of A-Za-z0-9_.-"))
    if not isinstance(value, str) or not (value == "" or _LABEL_NAME.fullmatch(value)):
        problems.append(
            Problem(str(key), value, "a label value is at most 63 of A-Za-z0-9_.- and starts and ends alphanumeric")
        )
    return problems


def is_qualified_name(key: object) -> bool:
    """True for ``name`` or ``dns.prefix/name`` as Kubernetes label and annotation keys are spelled."""
    if not isinstance(key, str):
        return False
    prefix, slash, name = key.rpartition("/")
    return bool(_LABEL_NAME.fullmatch(name)) and (not slash or is_subdomain(prefix))


def is_subdomain(name: object) -> bool:
    """True for a DNS subdomain of at most 253 characters (RFC 1123), the form of resource names."""
    return isinstance(name, str) and len(name) <= 253 and bool(_SUBDOMAIN.fullmatch(name))


def _decode_annotations(value: object, _strict: bool) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise Invalid.of(value, "must be a map of annotation names to text")
    problems = [
        Problem(str(key), item, "an annotation is a qualified name with a text value")
        for key, item in value.items()
        if not isinstance(key, str) or not is_qualified_name(key.lower()) or not isinstance(item, str)
    ]
    if problems:
        raise Invalid(problems)
    size = sum(len(text.encode(errors="surrogatepass")) for item in value.items() for text in item)
    if size > _MAX_ANNOTATIONS:
        raise Invalid.of(f"{size} bytes", f"must be at most {_MAX_ANNOTATIONS} bytes, names and values together")
    return dict(value)


LABELS: Form[Mapping[str, str]] = Form(_decode_labels, dict)
ANNOTATIONS: Form[Mapping[str, str]] = Form(_decode_annotations, dict)


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


def _decode_community(value: object, _strict: bool) -> str:
    if not isinstance(value, str) or not is_community(value):
        raise Invalid.of(value, "must be a community such as 64512:100, or a large one such as 64512:1:100")
    return value


COMMUNITY: Form[str] = Form(_decode_community, _same)
AS_NUMBER: Form[int] = Form(_decode_as_number, _same)
NAME: Form[str] = text(
    r"(?=.{1,253}\Z)" + _SUBDOMAIN.pattern,
    "a name of lower case letters, digits, '-' and '.', at most 253, starting and ending alphanumeric",
)
DURATION: Form[str] = text(_DURATION.pattern, 'a duration such as "30s" or "1m0s"')
INTERFACE_NAME: Form[str] = text(r"[A-Za-z0-9_.-]{1,15}", "an interface name of 1 to 15 of A-Za-z0-9_.-")
MAC: Form[str] = text(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}", "a MAC address such as ee:ee:ee:ee:ee:ee")
LOG_SEVERITY: Form[str] = choice("Trace", "Debug", "Info", "Warning", "Error", "Fatal")
