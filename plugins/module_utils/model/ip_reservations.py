"""IPReservation: addresses of pools that are not handed out by themselves."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from . import fields, schema
from .errors import Invalid
from .resources import Resource


def _decode_reserved(value: object, strict: bool) -> fields.Network:
    """Before Calico 3.32 a bare address was fine."""
    if strict and isinstance(value, str) and "/" not in value:
        raise Invalid.of(value, "must be a CIDR such as 10.65.0.1/32 or fd65::/122")
    return fields.LOOSE_NETWORK.decode(value, strict)


RESERVED: schema.Form[fields.Network] = schema.Form(_decode_reserved, str)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class IPReservationSpec:
    """``reserved_cidrs`` keeps free whatever of them is not assigned yet."""

    reserved_cidrs: tuple[fields.Network, ...] = schema.member("reservedCIDRs", fields.sequence(RESERVED), ())


@dataclasses.dataclass(frozen=True, slots=True)
class IPReservation(Resource):
    """Addresses that only an explicit request gets."""

    spec: IPReservationSpec

    KIND: ClassVar[str] = "IPReservation"
    PLURAL: ClassVar[str] = "ipreservations"
    SPEC: ClassVar[type[IPReservationSpec]] = IPReservationSpec
