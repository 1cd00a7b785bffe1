"""Forms of the values that the engine sends: it says "" where it means nothing."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from ansible_collections.calico.docker.plugins.module_utils.model import fields, schema
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid

T = TypeVar("T")
_MAC = re.compile(r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")


def optional(form: schema.Form[T]) -> schema.Form[T | None]:
    """A form for which "" is None."""
    return schema.Form(lambda value, strict: None if value == "" else form.decode(value, strict), lambda value: value)


def _same(value: T) -> T:
    return value


def _decode_interface(value: object, _strict: bool) -> fields.Address:
    try:
        if isinstance(value, str) and "%" not in value:
            return ipaddress.ip_interface(value).ip
    except ValueError:
        pass
    raise Invalid.of(value, "must be an address with prefix length, such as 10.65.0.1/32")


def _decode_mac(value: object, _strict: bool) -> str:
    if not isinstance(value, str) or not _MAC.fullmatch(value):
        raise Invalid.of(value, "must be a MAC address such as 02:42:0a:41:00:01")
    mac = value.lower().replace("-", ":")
    if int(mac[1], 16) & 1 or mac == "00:00:00:00:00:00":
        raise Invalid.of(value, "must be a unicast MAC address, its first octet even")
    return mac


def _decode_map(value: object, _strict: bool) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Invalid.of(value, "must be an object")
    return value


def _decode_aux(value: object, strict: bool) -> Mapping[str, fields.Address]:
    return {str(name): _decode_interface(address, strict) for name, address in _decode_map(value, strict).items()}


# Ids are hexadecimal; swarm's are not. Interfaces are named after the first eleven letters.
ID: schema.Form[str] = fields.text(r"[0-9A-Za-z]{11,64}", "an id of 11 to 64 letters and digits")
POOL_ID: schema.Form[str] = fields.text(r"[\x21-\x7e]{1,100}", "a pool id that RequestPool gave")
WORD: schema.Form[str] = fields.text(r"[\x20-\x7e]{0,200}", "at most 200 printable characters")
SANDBOX: schema.Form[str] = fields.text(r"[A-Za-z0-9_./:-]{0,200}", "the path of a network namespace")
ADDRESS: schema.Form[fields.Address | None] = optional(fields.ADDRESS)
NETWORK: schema.Form[fields.Network | None] = optional(fields.NETWORK)
INTERFACE: schema.Form[fields.Address | None] = optional(schema.Form(_decode_interface, _same))
MAC: schema.Form[str | None] = optional(schema.Form(_decode_mac, _same))
AUX: schema.Form[Mapping[str, fields.Address]] = schema.Form(_decode_aux, _same)
MAP: schema.Form[Mapping[str, Any]] = schema.Form(_decode_map, _same)
