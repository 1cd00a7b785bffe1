"""Rules that a store may hold, over few names, addresses and ports: every field, and every field negated."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model import errors, schema
from ansible_collections.calico.docker.plugins.module_utils.model import rules as model_rules

PORT_NAMES = ("web", "dns")
NETS = {
    4: ("10.65.0.0/30", "10.65.0.1/32", "10.65.0.2/31", "10.65.0.0/16", "203.0.113.0/25", "192.0.2.0/24", "0.0.0.0/0"),
    6: ("fd65::/126", "fd65::1/128", "fd65::2/127", "fd65::/48", "2001:db8:9::/48", "2001:db8::/64", "::/0"),
}

selectors = st.sampled_from(
    (
        "all()",
        "role == 'a'",
        "role != 'a'",
        "has(role)",
        "!has(role)",
        "role in {'a', 'c'}",
        "env == 'x' && role == 'b'",
        "env == 'x' || net == 'p1'",
        "net not in {'p1'}",
        "projectcalico.org/namespace == 'blue'",
    )
)
account_selectors = st.sampled_from(("all()", "kind == 'bot'", "!has(kind)"))
namespace_selectors = st.sampled_from(("all()", "team == 't'", "!has(team)"))

_numbers = st.sampled_from((53, 80, "80:81", "81:1000"))
_with_names = st.lists(_numbers | st.sampled_from(PORT_NAMES), min_size=1, max_size=2, unique=True)
_only_names = st.lists(st.sampled_from(PORT_NAMES), min_size=1, max_size=2, unique=True)
_icmp = st.fixed_dictionaries({"type": st.sampled_from((8, 13, 128, 135))}, optional={"code": st.sampled_from((0, 1))})
_any_protocol = st.sampled_from(("TCP", "UDP", "SCTP", "ICMP", "ICMPv6", "UDPLite", 1, 6, 17, 47, 50, 58, 132, 136))
_accounts = st.fixed_dictionaries({}, optional={"names": st.just(["robot"]), "selector": account_selectors})

# What a rule says of the protocol decides what else it may say.
_HEADS: tuple[dict[str, st.SearchStrategy[Any]], ...] = (
    {},
    {"protocol": _any_protocol},
    {"notProtocol": _any_protocol},
    {"protocol": st.sampled_from(("ICMP", "ICMPv6", 1, 58)), "icmp": _icmp},
    {"protocol": st.sampled_from(("ICMP", "ICMPv6", 1, 58)), "notICMP": _icmp},
    {"notICMP": _icmp},
)
_WITH_PORTS = {"protocol": st.sampled_from(("TCP", "UDP", "SCTP", 6, 17, 132))}


@st.composite
def _peer(draw: st.DrawFn, ports: st.SearchStrategy[list[Any]] | None) -> dict[str, Any]:
    family = draw(st.sampled_from((4, 6)))
    nets = st.lists(st.sampled_from(NETS[family]), min_size=1, max_size=2, unique=True)
    fields: dict[str, st.SearchStrategy[Any]] = {
        "selector": selectors,
        "notSelector": selectors,
        "namespaceSelector": namespace_selectors | st.just("global()"),
        "serviceAccounts": _accounts,
        "nets": nets,
        "notNets": nets,
    }
    chosen = draw(st.lists(st.sampled_from(sorted(fields)), max_size=2, unique=True))
    found = {name: draw(fields[name]) for name in chosen}
    if ports is not None:
        names = draw(st.sampled_from(([], ["ports"], ["ports"], ["notPorts"], ["ports", "notPorts"])))
        found |= {name: draw(ports) for name in names}
    return found


@st.composite
def _rule(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {"action": draw(st.sampled_from(("Allow", "Allow", "Deny", "Pass", "Log")))}
    kind = draw(st.sampled_from(("other", "ports", "names")))
    head = _WITH_PORTS if kind == "ports" else draw(st.sampled_from(_HEADS)) if kind == "other" else {}
    ports = {"other": None, "ports": _with_names, "names": _only_names}[kind]
    found |= {name: draw(value) for name, value in head.items()}
    if draw(st.integers(0, 7)) == 7:
        found["ipVersion"] = draw(st.sampled_from((4, 6)))
    for side in draw(st.sampled_from(((), ("source",), ("destination",), ("source", "destination")))):
        found[side] = draw(_peer(ports))
    return found


def _is_valid(rule: dict[str, Any]) -> bool:
    try:
        schema.decode(model_rules.Rule, rule, strict=True)
    except errors.Invalid:
        return False
    return True


rules = st.lists(_rule().filter(_is_valid), max_size=3)
