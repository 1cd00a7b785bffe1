"""BGPFilter: which routes a BGP peer may give and get."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import ClassVar

from . import bgp_numbers, fields, schema
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

    values: tuple[str, ...] = schema.member("values", fields.sequence(bgp_numbers.COMMUNITY), required=True)

    def problems(self) -> Iterable[Problem]:
        if len(self.values) != 1:
            yield Problem("values", list(self.values), "must be a list of one community")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AddCommunity:
    """Adds a community to the route."""

    value: str = schema.member("value", bgp_numbers.COMMUNITY, required=True)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PrependASPath:
    """Puts AS numbers before the route's path, the first of them outermost."""

    prefix: tuple[int, ...] = schema.member("prefix", fields.sequence(bgp_numbers.AS_NUMBER, 10), required=True)

    def problems(self) -> Iterable[Problem]:
        if not self.prefix:
            yield Problem("prefix", [], "must have at least one AS number")


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
        if len(given := schema.encode(self)) != 1:
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
    as_path_prefix: tuple[int, ...] = schema.member("asPathPrefix", fields.sequence(bgp_numbers.AS_NUMBER), ())
    priority: int | None = schema.member("priority", fields.integer(1, 2147483646))
    action: str = schema.member("action", fields.choice("Accept", "Reject"), required=True)
    operations: tuple[Operation, ...] = schema.member("operations", fields.sequence(schema.struct(Operation), 10), ())

    def problems(self) -> Iterable[Problem]:
        if (self.cidr is None) != (self.match_operator is None):
            yield Problem("matchOperator", self.match_operator, "and cidr go together: give both or neither")
        if self.cidr is None and self.prefix_length is not None:
            yield Problem("prefixLength", schema.encode(self.prefix_length), "needs a cidr")
        if self.operations and self.action != "Accept":
            yield Problem("operations", list(map(schema.encode, self.operations)), "needs action Accept")

    def family_problems(self, version: int) -> Iterable[Problem]:
        """What does not exist in a family."""
        if self.cidr is not None and self.cidr.version != version:
            yield Problem("cidr", str(self.cidr), f"must be an IPv{version} CIDR")
        length = self.prefix_length or PrefixLength()
        for name, value in (("min", length.min), ("max", length.max)):
            if value is not None and version == 4 and value > 32:
                yield Problem(f"prefixLength.{name}", value, "must be a whole number from 0 to 32")


_RULES = fields.sequence(schema.struct(FilterRule))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BGPFilterSpec:
    """Rules for each direction and family; the first that matches decides."""

    export_v4: tuple[FilterRule, ...] = schema.member("exportV4", _RULES, ())
    import_v4: tuple[FilterRule, ...] = schema.member("importV4", _RULES, ())
    export_v6: tuple[FilterRule, ...] = schema.member("exportV6", _RULES, ())
    import_v6: tuple[FilterRule, ...] = schema.member("importV6", _RULES, ())

    def problems(self) -> Iterable[Problem]:
        for _attribute, name, _form, _required in schema.members(BGPFilterSpec):
            for index, rule in enumerate(self.rules(name)):
                for problem in rule.family_problems(int(name[-1])):
                    yield problem.under(f"{name}[{index}]")

    def rules(self, name: str) -> tuple[FilterRule, ...]:
        """Those of ``importV4`` and so on."""
        everything = {
            "exportV4": self.export_v4,
            "importV4": self.import_v4,
            "exportV6": self.export_v6,
            "importV6": self.import_v6,
        }
        return everything[name]


@dataclasses.dataclass(frozen=True, slots=True)
class BGPFilter(Resource):
    """A filter that BGPPeers name."""

    spec: BGPFilterSpec

    KIND: ClassVar[str] = "BGPFilter"
    PLURAL: ClassVar[str] = "bgpfilters"
    SPEC: ClassVar[type[BGPFilterSpec]] = BGPFilterSpec
