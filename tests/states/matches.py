"""Rules that a store may hold, over few names, addresses and ports: every field, and every field negated."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model import errors, schema
from ansible_collections.calico.docker.plugins.module_utils.model import rules as model_rules

from . import chances

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
_with_names = st.lists(_numbers | st.sampled_from(PORT_NAMES), min_size=1, max_size=3, unique=True)
_only_names = st.lists(st.sampled_from(PORT_NAMES), min_size=1, max_size=2, unique=True)
_icmp = chances.fields(
    {"type": (100, st.sampled_from((8, 8, 128, 128, 13, 135))), "code": (60, st.sampled_from((0, 1)))}
)
_any_protocol = st.sampled_from(
    ("TCP", "TCP", "UDP", "UDP", "SCTP", "ICMP", "ICMPv6", "UDPLite", 1, 6, 17, 47, 50, 58, 132, 136)
)
_icmp_protocol = st.sampled_from(("ICMP", "ICMPv6", 1, 58))
_port_protocol = st.sampled_from(("TCP", "TCP", "UDP", "UDP", "SCTP", 6, 17, 132))
_accounts = chances.fields({"names": (60, st.just(["robot"])), "selector": (60, account_selectors)})

# What a rule says of the protocol decides what else it may say.
_HEADS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "nothing": {},
    "names": {},
    "protocol": {"protocol": _any_protocol},
    "ports": {"protocol": _port_protocol},
    "not protocol": {"notProtocol": _any_protocol},
    "icmp": {"protocol": _icmp_protocol, "icmp": _icmp},
    "not icmp of a protocol": {"protocol": _icmp_protocol, "notICMP": _icmp},
    "not icmp": {"notICMP": _icmp},
}
_LIKELY_HEADS = st.sampled_from(("nothing", "protocol", "ports", "ports", "names", *_HEADS))
_PORTS = {"ports": _with_names, "names": _only_names}


@st.composite
def _peer(draw: st.DrawFn, head: str) -> dict[str, Any]:
    family = draw(st.sampled_from((4, 6)))
    nets = st.lists(st.sampled_from(NETS[family]), min_size=1, max_size=2, unique=True)
    wanted: dict[str, tuple[int, st.SearchStrategy[Any]]] = {
        "selector": (30, selectors),
        "notSelector": (15, selectors),
        "namespaceSelector": (15, namespace_selectors | st.just("global()")),
        "serviceAccounts": (10, _accounts),
        "nets": (20, nets),
        "notNets": (15, nets),
    }
    if head in _PORTS:
        wanted |= {"ports": (60, _PORTS[head]), "notPorts": (30, _PORTS[head])}
    return draw(chances.fields(wanted))


@st.composite
def _match(draw: st.DrawFn) -> dict[str, Any]:
    """A rule without its action."""
    found: dict[str, Any] = {}
    head = draw(_LIKELY_HEADS)
    found |= {name: draw(value) for name, value in _HEADS[head].items()}
    if chances.likely(draw, 10):
        found["ipVersion"] = draw(st.sampled_from((4, 6)))
    return found | draw(chances.fields({"source": (40, _peer(head)), "destination": (50, _peer(head))}))


def _is_valid(match: dict[str, Any]) -> bool:
    try:
        schema.decode(model_rules.Rule, {"action": "Allow", **match}, strict=True)
    except errors.Invalid:
        return False
    return True


ANY = _match().filter(_is_valid)
_action = st.sampled_from(("Allow", "Allow", "Allow", "Deny", "Pass", "Log"))
rules = st.lists(st.tuples(_action, ANY).map(lambda drawn: {"action": drawn[0], **drawn[1]}), min_size=1, max_size=4)
