"""Any store: what hosts, the plugin and operators may have written, from alphabets so small that rules meet packets.

Shrinks to few records with few fields. What names and addresses there are is told here, for those who make packets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from . import matches, records
from .records import Change

HERE, ELSEWHERE = range(1, 6), range(21, 23)  # endpoints of host1 and of host2
NAMESPACES = ("blue", "libnetwork")
PORTS = (53, 80, 81, 1000)
_PROFILES = ("p1", "p2")
_TIERS = ("t1", "t2")

Spec = dict[str, Any]

_labels = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from("ab"),
        "env": st.just("x"),
        "projectcalico.org/serviceaccount": st.just("robot"),
    },
)
_inherited = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from("ab"),
        "net": st.sampled_from(_PROFILES),
        "pcns.team": st.just("t"),
        "pcsa.kind": st.just("bot"),
    },
)
_named_ports = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(matches.PORT_NAMES),
            "protocol": st.sampled_from(["TCP", "UDP", "SCTP"]),
            "port": st.sampled_from(PORTS),
        }
    ),
    max_size=2,
)
_profile_names = st.lists(
    st.sampled_from([*_PROFILES, *_PROFILES, "projectcalico-default-allow", "missing"]), max_size=2, unique=True
)
_policy_spec: Mapping[str, st.SearchStrategy[Any]] = {
    "tier": st.sampled_from(["default", *_TIERS, "lost"]),
    "order": st.sampled_from([1, 2, 2.5]),
    "selector": matches.selectors,
    "serviceAccountSelector": matches.account_selectors,
    "types": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
    "ingress": matches.rules,
    "egress": matches.rules,
}
_global = {"namespaceSelector": matches.namespace_selectors}


@st.composite
def _endpoint(draw: st.DrawFn, number: int) -> Change:
    node = "host1" if number in HERE else "host2"
    families = draw(st.sampled_from([(0, 1), (0, 1), (0,), (1,)]))
    addresses = [records.default_addresses(number)[family] for family in families]
    spec = {
        "orchestrator": "libnetwork",
        "workload": "libnetwork",
        "node": node,
        "endpoint": f"{number:064x}",
        "interfaceName": f"cali{number:011x}",
        "ipNetworks": [f"{address}/{128 if ':' in address else 32}" for address in addresses],
        "profiles": draw(_profile_names),
        "ports": draw(_named_ports),
    }
    metadata = {"namespace": draw(st.sampled_from(NAMESPACES)), "labels": draw(_labels)}
    return records.raw("WorkloadEndpoint", f"{node}-libnetwork-libnetwork-{number:064x}", spec, metadata)


def _some(strategies: Sequence[st.SearchStrategy[Change]]) -> st.SearchStrategy[list[Change]]:
    """A subset, everything being as likely as nothing."""
    kept = [st.one_of(st.none(), strategy, strategy) for strategy in strategies]
    return st.tuples(*kept).map(lambda found: [change for change in found if change is not None])


def _record(
    kind: str, name: str, spec: st.SearchStrategy[Spec], metadata: Mapping[str, Any] | None = None
) -> st.SearchStrategy[Change]:
    return spec.map(lambda spec: records.raw(kind, name, spec, metadata))


def _optional(spec: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Spec]:
    return st.fixed_dictionaries({}, optional=dict(spec))


def _several(
    make: Callable[[str], st.SearchStrategy[Change]], names: Sequence[str], size: int
) -> st.SearchStrategy[list[Change]]:
    """Records under different names."""
    return st.lists(st.sampled_from(names), max_size=size, unique=True).flatmap(
        lambda names: st.tuples(*map(make, names)).map(list)
    )


def _global_policies(kind: str, size: int) -> st.SearchStrategy[list[Change]]:
    return _several(lambda name: _record(kind, name, _optional({**_policy_spec, **_global})), "abcd", size)


def _namespaced_policies(kind: str, size: int) -> st.SearchStrategy[list[Change]]:
    def make(name: str) -> st.SearchStrategy[Change]:
        return st.sampled_from(NAMESPACES).flatmap(
            lambda namespace: _record(kind, name, _optional(_policy_spec), {"namespace": namespace})
        )

    return _several(make, "abcd", size)


def _sets() -> st.SearchStrategy[list[Change]]:
    """The nets of sets may be of both families, and have host bits."""
    nets = st.lists(st.sampled_from([*matches.NETS[4], *matches.NETS[6], "10.65.0.3/30", "fd65::3/126"]), max_size=3)
    made: list[st.SearchStrategy[Change]] = []
    for kind, name, namespace in (
        ("GlobalNetworkSet", "g1", None),
        ("GlobalNetworkSet", "g2", None),
        ("NetworkSet", "n1", "blue"),
    ):
        metadata = _labels.map(
            lambda labels, namespace=namespace: {"labels": labels} | ({"namespace": namespace} if namespace else {})
        )
        made.append(
            st.tuples(nets, metadata).map(
                lambda drawn, kind=kind, name=name: records.raw(kind, name, {"nets": drawn[0]}, drawn[1])
            )
        )
    return _some(made)


def _profiles() -> st.SearchStrategy[list[Change]]:
    spec = _optional({"ingress": matches.rules, "egress": matches.rules, "labelsToApply": _inherited})
    namespace = st.just({"labelsToApply": {"role": "b", "pcns.team": "t"}})
    return _some([*(_record("Profile", name, spec) for name in _PROFILES), _record("Profile", "kns.blue", namespace)])


def _tiers() -> st.SearchStrategy[list[Change]]:
    spec = _optional({"order": st.sampled_from([1, 10]), "defaultAction": st.sampled_from(["Deny", "Pass"])})
    default = records.tier("default", order=1_000_000, defaultAction="Deny")
    return _some([_record("Tier", name, spec) for name in _TIERS]).map(lambda found: [default, *found])


def _settings() -> st.SearchStrategy[list[Change]]:
    spec = _optional({"defaultEndpointToHostAction": st.sampled_from(["Drop", "Return", "Accept"])})
    return _some([_record("FelixConfiguration", name, spec) for name in ("default", "node.host1")])


WORKLOADS: st.SearchStrategy[tuple[Change, ...]] = st.tuples(
    _some([_endpoint(number) for number in (*HERE, *ELSEWHERE)]),
    _profiles(),
    _tiers(),
    _global_policies("GlobalNetworkPolicy", 4),
    _namespaced_policies("NetworkPolicy", 3),
    _global_policies("StagedGlobalNetworkPolicy", 1),
    _namespaced_policies("StagedNetworkPolicy", 1),
    _sets(),
    _settings(),
).map(lambda groups: tuple(change for group in groups for change in group))
