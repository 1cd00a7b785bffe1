"""Any valid rule: for finding out what the renderer or the kernel does not take."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model import errors, rules, schema

_V4 = ("10.0.0.0/8", "10.65.0.1/32", "10.65.0.0/25", "10.65.0.128/25", "10.65.1.0/24", "192.0.2.0/31", "0.0.0.0/0")
_V6 = ("fd65::/64", "fd65::1/128", "fd65:0:0:1::/64", "2001:db8::/32", "fe80::/10", "::/0")
_SELECTORS = ('calico.docker/network == "backend"', "all()", "role == 'web'", "has(role)", "!has(role)", "role in {}")
_PORTS = st.lists(
    st.integers(1, 65535)
    | st.sampled_from(["web", "dns", "nowhere"])
    | st.tuples(st.integers(1, 40000), st.integers(0, 20000)).map(lambda pair: f"{pair[0]}:{pair[0] + pair[1]}"),
    min_size=1,
    max_size=4,
)
_ICMP = st.fixed_dictionaries({"type": st.integers(0, 254)}, optional={"code": st.integers(0, 255)})
_PROTOCOL = st.sampled_from(["TCP", "UDP", "SCTP", "ICMP", "ICMPv6", "UDPLite", 1, 6, 17, 47, 58, 132, 255])


def _nets(family: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(family), min_size=1, max_size=4)


_PEER = st.fixed_dictionaries(
    {},
    optional={
        "selector": st.sampled_from(_SELECTORS),
        "notSelector": st.sampled_from(_SELECTORS),
        "nets": st.one_of(_nets(_V4), _nets(_V6)),
        "notNets": st.one_of(_nets(_V4[:-1]), _nets(_V6[:-1])),
        "ports": _PORTS,
        "notPorts": _PORTS,
    },
)
_RULE = st.fixed_dictionaries(
    {"action": st.sampled_from(rules.ACTIONS)},
    optional={
        "ipVersion": st.sampled_from([4, 6]),
        "protocol": _PROTOCOL,
        "notProtocol": _PROTOCOL,
        "icmp": _ICMP,
        "notICMP": _ICMP,
        "source": _PEER,
        "destination": _PEER,
    },
)


def _is_valid(rule: dict[str, Any]) -> bool:
    try:
        schema.decode(rules.Rule, rule, strict=True)
    except errors.Invalid:
        return False
    return True


ANY = st.lists(_RULE.filter(_is_valid), min_size=1, max_size=8)
