"""IPReservation: addresses of pools that are not handed out by themselves."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from . import fields, schema
from .resources import Resource


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class IPReservationSpec:
    """``reserved_cidrs`` keeps free whatever of them is not assigned yet."""

    reserved_cidrs: tuple[fields.Network, ...] = schema.member(
        "reservedCIDRs", fields.sequence(fields.LOOSE_NETWORK), ()
    )


@dataclasses.dataclass(frozen=True, slots=True)
class IPReservation(Resource):
    """Addresses that only an explicit request gets."""

    spec: IPReservationSpec

    KIND: ClassVar[str] = "IPReservation"
    PLURAL: ClassVar[str] = "ipreservations"
    SPEC: ClassVar[type[IPReservationSpec]] = IPReservationSpec
