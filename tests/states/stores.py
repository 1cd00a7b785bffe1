"""Any store: what hosts, the plugin and operators may have written, from alphabets so small that rules meet packets.

Shrinks to few records with few fields. What names and addresses there are is told here, for those who make packets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from . import chances, matches, records
from .chances import any_of, record, together
from .records import Change

HERE, ELSEWHERE = range(1, 6), range(21, 23)  # endpoints of host1 and of host2
NAMESPACES = ("blue", "libnetwork")
PORTS = (53, 80, 81, 1000)
PROFILES = ("p1", "p2")
TIERS = ("t1", "t2")

labels = chances.fields(
    {
        "role": (60, st.sampled_from("ab")),
        "env": (50, st.just("x")),
        "projectcalico.org/serviceaccount": (30, st.just("robot")),
    }
)
_inherited = chances.fields(
    {
        "role": (30, st.sampled_from("ab")),
        "net": (60, st.sampled_from(PROFILES)),
        "pcns.team": (40, st.just("t")),
        "pcsa.kind": (40, st.just("bot")),
    }
)
named_port = st.fixed_dictionaries(
    {
        "name": st.sampled_from(matches.PORT_NAMES),
        "protocol": st.sampled_from(("TCP", "UDP", "SCTP")),
        "port": st.sampled_from(PORTS),
    }
)
# What the host forwards: some to the same place, some at addresses that it has not.
_host_port = chances.fields(
    {
        "name": (100, st.sampled_from(matches.PORT_NAMES)),
        "protocol": (100, st.sampled_from(("TCP", "TCP", "UDP", "SCTP", 6))),
        "port": (100, st.sampled_from(PORTS)),
        "hostPort": (100, st.sampled_from(PORTS)),
        "hostIP": (40, st.sampled_from(("192.0.2.1", "2001:db8::1", "198.51.100.1", "0.0.0.0", "::", "192.0.2.77"))),
    }
)
profile_names = st.lists(
    st.sampled_from((*PROFILES, *PROFILES, *PROFILES, "projectcalico-default-allow", "missing")),
    max_size=3,
    unique=True,
)
_RULES = {"ingress": (75, matches.rules), "egress": (75, matches.rules)}
_POLICY = {
    "tier": (40, st.sampled_from((*TIERS, *TIERS, "default", "lost"))),
    "order": (60, st.sampled_from((1, 2, 2.5))),
    "selector": (60, st.just("all()") | matches.selectors),
    "serviceAccountSelector": (8, matches.account_selectors),
    "types": (30, st.sampled_from((["Ingress"], ["Egress"], ["Ingress", "Egress"]))),
    **_RULES,
}
GLOBAL_POLICY = {**_POLICY, "namespaceSelector": (8, matches.namespace_selectors)}


@st.composite
def _endpoint(draw: st.DrawFn, number: int) -> Change:
    node = "host1" if number in HERE else "host2"
    families = draw(st.sampled_from(((0, 1), (0, 1), (0, 1), (0,), (1,))))
    addresses = [records.default_addresses(number)[family] for family in families]
    spec = {
        "orchestrator": "libnetwork",
        "workload": "libnetwork",
        "node": node,
        "endpoint": f"{number:064x}",
        "interfaceName": f"cali{number:011x}",
        "ipNetworks": [f"{address}/{128 if ':' in address else 32}" for address in addresses],
        "profiles": draw(profile_names),
        "ports": [*draw(st.lists(named_port, max_size=3)), *draw(st.lists(_host_port, max_size=2))],
    }
    own = {"number": str(number), **draw(labels)}
    metadata = {"namespace": draw(st.sampled_from(NAMESPACES)), "labels": own}
    return records.raw("WorkloadEndpoint", f"{node}-libnetwork-libnetwork-{number:064x}", spec, metadata)


def policies(kind: str, percent: int, count: int) -> st.SearchStrategy[tuple[Change, ...]]:
    """Policies of a kind, each by the percentage."""
    if "Global" in kind:
        return any_of(percent, [record(kind, name, GLOBAL_POLICY) for name in "abcdef"[:count]])
    metadata = {"namespace": (100, st.sampled_from(NAMESPACES))}
    return any_of(percent, [record(kind, name, _POLICY, metadata) for name in "abcdef"[:count]])


# The nets of sets may be of both families, and have host bits.
_nets = st.lists(
    st.sampled_from((*matches.NETS[4], *matches.NETS[6], "10.65.0.3/30", "fd65::3/126")), min_size=1, max_size=3
)
_SET = {"nets": (90, _nets)}
_SETS = (
    *(record("GlobalNetworkSet", name, _SET, {"labels": (100, labels)}) for name in ("g1", "g2")),
    record("NetworkSet", "n1", _SET, {"labels": (100, labels), "namespace": (100, st.just("blue"))}),
)
_OTHER_HOST: Mapping[str, tuple[int, st.SearchStrategy[Any]]] = {
    "node": (100, st.just("host2")),
    "interfaceName": (100, st.just("eth0")),
    "expectedIPs": (90, st.just(["203.0.113.7", "2001:db8:9::7"])),
    "profiles": (50, profile_names),
    "ports": (50, st.lists(named_port, max_size=2)),
}
PROFILE = {**_RULES, "labelsToApply": (60, _inherited)}
_OF_NAMESPACE = {"labelsToApply": (100, st.just({"role": "b", "pcns.team": "t"}))}
TIER = {"order": (70, st.sampled_from((1, 10))), "defaultAction": (60, st.sampled_from(("Deny", "Pass", "Pass")))}
SETTINGS = {"defaultEndpointToHostAction": (60, st.sampled_from(("Drop", "Return", "Accept")))}

# Whom rules can mean: endpoints here and elsewhere, and network sets.
PEERS = st.tuples(
    any_of(92, [_endpoint(number) for number in (*HERE, *ELSEWHERE)]),
    any_of(50, [record("Profile", "kns.blue", _OF_NAMESPACE)]),
    any_of(60, _SETS),
    any_of(50, [record("HostEndpoint", "other", _OTHER_HOST, {"labels": (100, labels)})]),
    any_of(85, [st.just(records.tier("default", order=1_000_000, defaultAction="Deny"))]),
)
_BOTH_WAYS = st.tuples(
    any_of(90, [record("Profile", name, PROFILE) for name in PROFILES]),
    any_of(60, [record("Tier", name, TIER) for name in TIERS]),
    policies("GlobalNetworkPolicy", 50, 4),
    policies("NetworkPolicy", 40, 3),
    policies("StagedGlobalNetworkPolicy", 30, 1),
    policies("StagedNetworkPolicy", 30, 1),
    any_of(50, [record("FelixConfiguration", name, SETTINGS) for name in ("default", "node.host1")]),
)


@st.composite
def _one_rule(draw: st.DrawFn, number: int) -> Change:
    """A policy of one endpoint that allows what one rule matches, or all but that, in each direction."""
    spec: dict[str, Any] = {"selector": f"number == '{number}'", "types": ["Ingress", "Egress"]}
    for direction in ("ingress", "egress"):
        match = draw(matches.ANY)
        inverted = [{"action": "Deny", **match}, {"action": "Allow"}]
        spec[direction] = inverted if draw(st.booleans()) else [{"action": "Allow", **match}]
    kind, namespace = draw(st.sampled_from((("GlobalNetworkPolicy", {}), *_IN_NAMESPACES)))
    return records.raw(kind, f"r{number}", spec, namespace)


_IN_NAMESPACES = tuple(("NetworkPolicy", {"namespace": name}) for name in NAMESPACES)
_LABELS_OF_PROFILES = st.tuples(
    any_of(90, [record("Profile", name, {"labelsToApply": (80, _inherited)}) for name in PROFILES])
)

# Policy of all sorts decides together.
WORKLOADS = together(PEERS, _BOTH_WAYS)
# Each rule decides alone.
RULES = together(PEERS, _LABELS_OF_PROFILES, st.tuples(any_of(90, [_one_rule(number) for number in HERE])))
