"""Which policies and profiles guard an endpoint, in which order."""

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder
from calico_node.calc import hosts, rulesets
from tests.states import records, states

ENDPOINT = (records.network("frontend"), records.endpoint(1))


def guard(*changes: records.Change, direction: str = "ingress") -> list[tuple[str, tuple[str, ...], bool]]:
    (endpoint,) = hosts.calculate(snapshot_builder.build((*ENDPOINT, *changes), 1), "host1").endpoints.values()
    return [(tier.name, tuple(map(shown, tier.policies)), tier.passes) for tier in getattr(endpoint, direction).tiers]


def shown(key: rulesets.Key) -> str:
    """A policy of the usual kind by its name, any other by its kind too."""
    return key.name if key.kind == "GlobalNetworkPolicy" else str(key)


def policy(name: str, **spec: object) -> records.Change:
    return records.policy(name, **({"selector": "all()", "ingress": states.ALLOW} | spec))


def test_without_policies_only_profiles_decide() -> None:
    assert guard() == []


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        pytest.param({"a": 2, "b": 1}, ("b", "a"), id="by order"),
        pytest.param({"a": None, "b": 1e9}, ("b", "a"), id="without an order last"),
        pytest.param({"a": 1, "a-b": 1, "a.b": 1}, ("a-b", "a.b", "a"), id="ties by name, byte by byte to the slash"),
        pytest.param({"a": -1, "b": 0}, ("a", "b"), id="negative orders before zero"),
        pytest.param({"b": 0.5, "a": 0.75}, ("b", "a"), id="fractions"),
    ],
)
def test_policies_of_a_tier_are_in_order(orders: dict[str, float | None], expected: tuple[str, ...]) -> None:
    found = [policy(name, **({} if order is None else {"order": order})) for name, order in orders.items()]
    assert guard(*found) == [("default", expected, False)]


DEFAULT = records.tier("default", order=1_000_000, defaultAction="Deny")


def test_not_even_the_default_tier_has_its_place_where_it_is_missing() -> None:
    changes = [records.tier("orderless"), policy("a", tier="orderless"), policy("b")]
    assert guard(*changes) == [("orderless", ("a",), False), ("default", ("b",), False)]


def test_tiers_are_in_order_and_missing_ones_come_last_and_deny() -> None:
    changes = [
        records.tier("late", order=2000000, defaultAction="Pass"),
        records.tier("early", order=1),
        records.tier("orderless"),
        DEFAULT,
        *(policy(f"in-{tier}", tier=tier) for tier in ("missing", "orderless", "late", "early", "default")),
    ]
    assert guard(*changes) == [
        ("early", ("in-early",), False),
        ("default", ("in-default",), False),
        ("late", ("in-late",), True),
        ("orderless", ("in-orderless",), False),
        ("missing", ("in-missing",), False),
    ]


def local(name: str, namespace: str = records.NAMESPACE, **spec: object) -> records.Change:
    return records.in_namespace("NetworkPolicy", name, namespace, **({"ingress": states.ALLOW} | spec))


def staged(name: str, **spec: object) -> records.Change:
    return records.raw("StagedGlobalNetworkPolicy", name, {"selector": "all()", "ingress": states.DENY} | spec)


def test_policies_of_all_kinds_are_in_one_order() -> None:
    changes = [
        policy("b", order=1),
        local("b", order=1),
        records.in_namespace("StagedNetworkPolicy", "b", order=1, ingress=states.DENY),
        staged("b", order=1),
        local("a", order=1),
        local("first", order=0),
    ]
    first, a, b = (f"NetworkPolicy libnetwork/{name}" for name in ("first", "a", "b"))
    staged_b = ("StagedGlobalNetworkPolicy b", "StagedNetworkPolicy libnetwork/b")
    assert guard(*changes) == [("default", (first, a, "b", staged_b[0], b, staged_b[1]), False)]


def test_a_policy_of_a_namespace_is_for_that_namespace_only() -> None:
    assert guard(local("a", "elsewhere"), local("a", selector="role == 'db'")) == []
    assert guard(local("a")) == [("default", ("NetworkPolicy libnetwork/a",), False)]


def test_a_tier_of_staged_policies_only_decides_nothing() -> None:
    tier = records.tier("early", order=1)
    assert guard(tier, staged("a", tier="early")) == [("early", ("StagedGlobalNetworkPolicy a",), True)]
    assert guard(tier, staged("a", tier="early"), policy("b", tier="early")) == [
        ("early", ("StagedGlobalNetworkPolicy a", "b"), False)
    ]


def test_a_tier_of_unknown_place_that_has_staged_policies_only_does_not_deny() -> None:
    assert guard(records.tier("lost", order="soon"), staged("a", tier="lost")) == [
        ("lost", ("StagedGlobalNetworkPolicy a",), True)
    ]


def test_a_policy_that_rehearses_a_deletion_takes_no_part() -> None:
    assert guard(records.raw("StagedGlobalNetworkPolicy", "a", {"stagedAction": "Delete", "tier": "default"})) == []


def test_a_tier_counts_only_in_the_directions_of_its_policies() -> None:
    changes = [policy("in"), policy("out", types=["Egress"], egress=states.DENY, ingress=[])]
    assert guard(*changes) == [("default", ("in",), False)]
    assert guard(*changes, direction="egress") == [("default", ("out",), False)]


def test_a_policy_that_selects_others_does_not_count() -> None:
    assert guard(policy("others", selector="role == 'db'")) == []


@pytest.mark.parametrize("field", ["doNotTrack", "preDNAT"])
def test_policies_for_the_hosts_own_interfaces_do_not_count(field: str) -> None:
    assert guard(policy("host", applyOnForward=True, **{field: True})) == []
    assert guard(staged("host", applyOnForward=True, **{field: True})) == []


def test_a_policy_that_is_also_for_forwarded_traffic_counts() -> None:
    assert guard(policy("host", applyOnForward=True)) == [("default", ("host",), False)]


def test_promise_3_a_tier_of_unknown_place_denies_before_all_others() -> None:
    changes = [records.tier("lost", order="soon"), policy("in-lost", tier="lost"), policy("web")]
    assert guard(*changes) == [("lost", (), False), ("default", ("web",), False)]


def test_promise_3_an_invalid_tier_with_a_place_keeps_it_and_denies() -> None:
    changes = [records.tier("odd", order=1, defaultAction="Shrug"), policy("in-odd", tier="odd")]
    assert guard(*changes) == [("odd", ("in-odd",), False)]


def test_a_well_known_tier_is_what_everybody_knows_it_to_be() -> None:
    changes = [DEFAULT, records.tier("kube-baseline", order=5), policy("base", tier="kube-baseline"), policy("web")]
    assert guard(*changes) == [("default", ("web",), False), ("kube-baseline", ("base",), True)]


def labels(*profiles: tuple[str, dict[str, str]], own: dict[str, str] | None = None) -> set[str]:
    """The names of the probing policies that select the endpoint."""
    probes = [policy(f"{value}", selector=f"role == '{value}'") for value in ("own", "first", "second")]
    changes = [
        *(records.profile(name, labelsToApply=given) for name, given in profiles),
        records.endpoint(1, networks=[name for name, _given in profiles], labels=own),
        *probes,
    ]
    (endpoint,) = hosts.calculate(snapshot_builder.build(changes, 1), "host1").endpoints.values()
    return {key.name for tier in endpoint.ingress.tiers for key in tier.policies}


def test_an_endpoints_own_label_wins_then_that_of_the_first_profile() -> None:
    profiles = [("one", {"role": "first"}), ("two", {"role": "second"})]
    assert labels(*profiles) == {"first"}
    assert labels(*reversed(profiles)) == {"second"}
    assert labels(*profiles, own={"role": "own"}) == {"own"}


def test_an_endpoint_cannot_claim_the_labels_of_a_namespace() -> None:
    changes = [
        records.network("frontend"),
        records.endpoint(1, labels={"pcns.role": "admin", "pcsa.role": "admin"}),
        policy("by-namespace", selector="has(pcns.role) || has(pcsa.role)"),
    ]
    (endpoint,) = hosts.calculate(snapshot_builder.build(changes, 1), "host1").endpoints.values()
    assert endpoint.ingress.tiers == ()
