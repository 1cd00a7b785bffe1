"""BGPFilter: which routes a BGP peer may give and get."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import ClassVar

from . import fields, schema
from .errors import Problem
from .resources import Resource


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PrefixLength:
    """Prefix lengths ``min`` to ``max`` of routes inside the rule's CIDR."""

    min: int | None = schema.member("min", fields.integer(0, 128))
    max: int | None = schema.member("max", fields.integer(0, 128))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Communities:
    """The community that a route must carry."""

    values: tuple[str, ...] = schema.member("values", fields.sequence(fields.COMMUNITY, 1), ())


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AddCommunity:
    """Adds a community to the route."""

    value: str = schema.member("value", fields.COMMUNITY, required=True)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PrependASPath:
    """Puts AS numbers before the route's path, the first of them outermost."""

    prefix: tuple[int, ...] = schema.member("prefix", fields.sequence(fields.AS_NUMBER), ())


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SetPriority:
    """Gives the route a metric."""

    value: int = schema.member("value", fields.integer(1, 2147483646), required=True)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A change to an accepted route: exactly one of the fields."""

    add_community: AddCommunity | None = schema.member("addCommunity", schema.struct(AddCommunity))
    prepend_as_path: PrependASPath | None = schema.member("prependASPath", schema.struct(PrependASPath))
    set_priority: SetPriority | None = schema.member("setPriority", schema.struct(SetPriority))

    def problems(self) -> Iterable[Problem]:
        given = [name for _, name, _, _ in schema.members(Operation) if name in schema.encode(self)]
        if len(given) != 1:
            yield Problem("", given, "must have exactly one of addCommunity, prependASPath, setPriority")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FilterRule:
    """Routes that match all fields given are accepted or rejected."""

    cidr: fields.Network | None = schema.member("cidr", fields.NETWORK)
    match_operator: str | None = schema.member("matchOperator", fields.choice("Equal", "NotEqual", "In", "NotIn"))
    prefix_length: PrefixLength | None = schema.member("prefixLength", schema.struct(PrefixLength))
    source: str | None = schema.member("source", fields.choice("RemotePeers"))
    interface: str | None = schema.member("interface", fields.text(r"[A-Za-z0-9_.*-]{1,15}", "an interface name"))
    peer_type: str | None = schema.member("peerType", fields.choice("eBGP", "iBGP"))
    communities: Communities | None = schema.member("communities", schema.struct(Communities))
    as_path_prefix: tuple[int, ...] = schema.member("asPathPrefix", fields.sequence(fields.AS_NUMBER), ())
    priority: int | None = schema.member("priority", fields.integer(1, 2147483646))
    action: str = schema.member("action", fields.choice("Accept", "Reject"), required=True)
    operations: tuple[Operation, ...] = schema.member("operations", fields.sequence(schema.struct(Operation)), ())


_RULES = fields.sequence(schema.struct(FilterRule))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BGPFilterSpec:
    """Rules for each direction and family; the first that matches decides."""

    export_v4: tuple[FilterRule, ...] = schema.member("exportV4", _RULES, ())
    import_v4: tuple[FilterRule, ...] = schema.member("importV4", _RULES, ())
    export_v6: tuple[FilterRule, ...] = schema.member("exportV6", _RULES, ())
    import_v6: tuple[FilterRule, ...] = schema.member("importV6", _RULES, ())


@dataclasses.dataclass(frozen=True, slots=True)
class BGPFilter(Resource):
    """A filter that BGPPeers name."""

    spec: BGPFilterSpec

    KIND: ClassVar[str] = "BGPFilter"
    PLURAL: ClassVar[str] = "bgpfilters"
    SPEC: ClassVar[type[BGPFilterSpec]] = BGPFilterSpec
