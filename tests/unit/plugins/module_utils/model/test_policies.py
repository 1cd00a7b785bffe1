"""Policies, tiers and profiles: names and defaults, stored forms of all Calico versions, and who is meant."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import errors, policies, profiles, tiers

from .refusals import accepted, refused

GNP = policies.GlobalNetworkPolicy
ALLOW = {"action": "Allow"}
NAMESPACE = "projectcalico.org/namespace"


@pytest.mark.parametrize(
    ("spec", "fields"),
    [
        ({"types": ["Ingress", "Ingress"]}, ["spec.types"]),
        ({"types": ["ingress"]}, ["spec.types[0]"]),
        ({"preDNAT": True, "doNotTrack": True, "applyOnForward": True, "types": ["Ingress"]}, ["spec.preDNAT"]),
        ({"preDNAT": True}, ["spec.applyOnForward"]),
        ({"doNotTrack": True}, ["spec.applyOnForward"]),
        ({"preDNAT": True, "applyOnForward": True, "egress": [ALLOW]}, ["spec.egress"]),
        ({"preDNAT": True, "applyOnForward": True, "types": ["Egress"]}, ["spec.egress"]),
        ({"order": "1"}, ["spec.order"]),
        ({"order": float("nan")}, ["spec.order"]),
        ({"order": float("-inf")}, ["spec.order"]),
        ({"order": 10**400}, ["spec.order"]),
        ({"performanceHints": ["Faster"]}, ["spec.performanceHints[0]"]),
        ({"performanceHints": ["AssumeNeededOnEveryNode"] * 2}, ["spec.performanceHints"]),
        (
            {"ingress": [{**ALLOW, "destination": {"services": {"name": "x", "namespace": "y"}}}]},
            ["spec.ingress[0].destination.services"],
        ),
        (
            {"egress": [{**ALLOW, "destination": {"services": {"name": "x"}}}]},
            ["spec.egress[0].destination.services.namespace"],
        ),
        ({"selector": "a ="}, ["spec.selector"]),
        ({"ingress": [ALLOW, {"action": "x"}]}, ["spec.ingress[1].action"]),
    ],
)
def test_what_is_refused(spec: dict[str, Any], fields: list[str]) -> None:
    assert refused(GNP, spec) == fields


@pytest.mark.parametrize("name", ["a", "a.b", "tier.policy-1"])
def test_a_name_is_one_or_two_labels(name: str) -> None:
    assert accepted(GNP, {}, name).name == name


def test_a_name_is_not_three_labels() -> None:
    assert refused(GNP, {}, "a.b.c") == ["metadata.name"]


@pytest.mark.parametrize(
    ("spec", "types"),
    [
        ({}, ("Ingress",)),
        ({"ingress": [ALLOW]}, ("Ingress",)),
        ({"egress": [ALLOW]}, ("Egress",)),
        ({"ingress": [ALLOW], "egress": [ALLOW]}, ("Ingress", "Egress")),
        ({"types": ["Egress"], "ingress": [ALLOW]}, ("Egress",)),
    ],
)
def test_directions_follow_from_the_rules(spec: dict[str, Any], types: tuple[str, ...]) -> None:
    assert accepted(GNP, spec).spec.types == types


@pytest.mark.parametrize(
    ("stored", "annotation", "name"),
    [
        pytest.param("default.foo", None, "foo", id="up to 3.29, tier default"),
        pytest.param("default.foo", '{"name":"foo"}', "foo", id="3.30 and 3.31"),
        pytest.param("foo", '{"name":"foo"}', "foo", id="from 3.32"),
        pytest.param("foo", None, "foo", id="without annotation or prefix"),
        pytest.param("foo", "nonsense", "foo", id="an annotation that is no JSON"),
        pytest.param("foo", '["foo"]', "foo", id="an annotation that is no object"),
        pytest.param("foo", '{"name":"../x"}', "foo", id="an annotation that is no name"),
    ],
)
def test_names_of_all_versions_are_read(stored: str, annotation: str | None, name: str) -> None:
    metadata: dict[str, Any] = {"name": stored, "labels": {"projectcalico.org/tier": "default", "mine": "x"}}
    if annotation is not None:
        metadata["annotations"] = {"projectcalico.org/metadata": annotation}
    policy = GNP.decode({"metadata": metadata, "spec": {}})
    assert policy.name == name
    assert policy.metadata.labels == {"mine": "x"}
    assert policy.metadata.annotations == {}


def test_a_name_is_stored_as_people_write_it() -> None:
    stored = accepted(GNP, {"tier": "security"}, "foo", labels={"mine": "x"}).encode()
    assert stored["metadata"] == {
        "name": "foo",
        "labels": {"mine": "x", "projectcalico.org/tier": "security"},
        "annotations": {"projectcalico.org/metadata": '{"name":"foo"}'},
    }


@pytest.mark.parametrize(
    ("spec", "subject"),
    [
        ({}, "all()"),
        ({"selector": "has(a)"}, "has(a)"),
        ({"namespaceSelector": "has(b)"}, "has(pcns.b)"),
        ({"selector": "all()", "namespaceSelector": "has(b)"}, "(has(projectcalico.org/namespace) && has(pcns.b))"),
        ({"selector": "has(a)", "serviceAccountSelector": "has(c)"}, "(has(a) && has(pcsa.c))"),
        ({"serviceAccountSelector": "all()"}, "has(projectcalico.org/serviceaccount)"),
        ({"selector": "all()", "serviceAccountSelector": "!has(c)"},
         "(has(projectcalico.org/serviceaccount) && !(has(pcsa.c)))"),
    ],
)  # fmt: skip
def test_whom_a_policy_applies_to(spec: dict[str, Any], subject: str) -> None:
    assert str(accepted(GNP, spec).subject()) == subject


@pytest.mark.parametrize("kind", [policies.NetworkPolicy, policies.StagedNetworkPolicy])
@pytest.mark.parametrize(
    ("spec", "subject"),
    [
        ({}, f'{NAMESPACE} == "shop"'),
        ({"selector": "all()"}, f'(all() && {NAMESPACE} == "shop")'),
        ({"selector": "a == 'x' || has(b)"}, f'((a == "x" || has(b)) && {NAMESPACE} == "shop")'),
        (
            {"selector": "has(a)", "serviceAccountSelector": "has(c)"},
            f'((has(a) && {NAMESPACE} == "shop") && has(pcsa.c))',
        ),
        ({"serviceAccountSelector": "all()"}, f'({NAMESPACE} == "shop" && all())'),
    ],
)
def test_a_policy_with_a_namespace_applies_there(
    kind: type[policies.Policy], spec: dict[str, Any], subject: str
) -> None:
    assert str(accepted(kind, spec, namespace="shop").subject()) == subject


@pytest.mark.parametrize("name", ["a", "a.b", "ossg.default.a.b.c"])
def test_names_in_a_namespace(name: str) -> None:
    assert accepted(policies.NetworkPolicy, {}, name, namespace="shop").name == name


@pytest.mark.parametrize("name", ["a.b.c", "knp.default.a", "knp.other.a.b"])
def test_names_that_are_no_policys_in_a_namespace(name: str) -> None:
    assert refused(policies.NetworkPolicy, {}, name, namespace="shop") == ["metadata.name"]


def test_a_policy_that_came_from_kubernetes_is_read() -> None:
    document = {"metadata": {"name": "knp.default.a.b", "namespace": "shop"}}
    assert policies.NetworkPolicy.decode(document).name == "knp.default.a.b"


@pytest.mark.parametrize(
    "spec",
    [{"doNotTrack": True}, {"preDNAT": True}, {"applyOnForward": True}, {"namespaceSelector": "all()"}],
)
def test_what_only_a_policy_for_all_namespaces_can_say(spec: dict[str, Any]) -> None:
    assert refused(policies.NetworkPolicy, spec, namespace="shop") == [f"spec.{next(iter(spec))}"]


class TestStaged:
    KINDS = ((policies.StagedGlobalNetworkPolicy, {}), (policies.StagedNetworkPolicy, {"namespace": "shop"}))

    @pytest.mark.parametrize(("kind", "metadata"), KINDS)
    def test_set_is_the_default_and_written(self, kind: type[policies.Policy], metadata: dict[str, Any]) -> None:
        found = accepted(kind, {"ingress": [ALLOW], "egress": [ALLOW]}, **metadata)
        assert (found.spec.staged_action, found.spec.types) == ("Set", ("Ingress", "Egress"))
        assert found.encode()["spec"]["stagedAction"] == "Set"

    @pytest.mark.parametrize(("kind", "metadata"), KINDS)
    def test_a_deletion_says_only_which(self, kind: type[policies.Policy], metadata: dict[str, Any]) -> None:
        found = accepted(kind, {"stagedAction": "Delete", "tier": "t", "types": ["Ingress"]}, **metadata)
        assert found.encode()["spec"] == {"stagedAction": "Delete", "tier": "t"}
        spec = {"stagedAction": "Delete", "selector": "has(a)", "order": 1, "ingress": [ALLOW]}
        assert refused(kind, spec, **metadata) == ["spec.order", "spec.selector", "spec.ingress"]

    @pytest.mark.parametrize(("kind", "metadata"), KINDS)
    def test_the_rules_are_those_of_policies(self, kind: type[policies.Policy], metadata: dict[str, Any]) -> None:
        assert refused(kind, {"stagedAction": "Learn"}, **metadata) == ["spec.stagedAction"]
        assert refused(kind, {"types": ["Egress", "Egress"]}, **metadata) == ["spec.types"]

    def test_a_staged_policy_for_hosts_follows_their_rules(self) -> None:
        assert refused(policies.StagedGlobalNetworkPolicy, {"preDNAT": True}) == ["spec.applyOnForward"]


def test_a_tie_between_kinds_goes_by_namespace_then_kind() -> None:
    everywhere, here = accepted(GNP, {}), accepted(policies.NetworkPolicy, {}, namespace="shop")
    staged = accepted(policies.StagedGlobalNetworkPolicy, {})
    ranked = sorted(
        [(here, "shop/a"), (staged, "a"), (everywhere, "a"), (here, "lab/a")],
        key=lambda found: policies.evaluation_order(*found),
    )
    assert [key for _policy, key in ranked] == ["a", "a", "lab/a", "shop/a"]
    assert [policy.KIND for policy, _key in ranked[:2]] == ["GlobalNetworkPolicy", "StagedGlobalNetworkPolicy"]


def test_order_ascends_and_missing_comes_last() -> None:
    orders = {"c": 2, "b": None, "a-b": 1, "a.b": 1, "a": 1}
    made = {name: accepted(GNP, {} if order is None else {"order": order}, name) for name, order in orders.items()}
    ranked = sorted(made, key=lambda name: policies.evaluation_order(made[name], name))
    # A tie is broken by name/namespace/kind, byte by byte: '-' and '.' come before '/'.
    assert ranked == ["a-b", "a.b", "a", "c", "b"]


class TestTiers:
    @pytest.mark.parametrize(
        ("name", "spec", "fields"),
        [
            ("a.b", {}, ["metadata.name"]),
            ("a" * 64, {}, ["metadata.name"]),
            ("default", {"order": 1}, ["spec.order"]),
            ("default", {}, ["spec.order"]),
            ("kube-admin", {"order": 1000, "defaultAction": "Deny"}, ["spec.defaultAction"]),
            ("x", {"defaultAction": "Allow"}, ["spec.defaultAction"]),
        ],
    )
    def test_what_is_refused(self, name: str, spec: dict[str, Any], fields: list[str]) -> None:
        assert refused(tiers.Tier, spec, name) == fields

    @pytest.mark.parametrize("name", tiers.WELL_KNOWN)
    def test_those_of_every_cluster_are_valid(self, name: str) -> None:
        assert tiers.Tier.decode(tiers.well_known(name).encode(), strict=True) == tiers.well_known(name)


class TestProfiles:
    def test_a_pass_is_refused(self) -> None:
        spec = {"ingress": [ALLOW, {"action": "Pass"}], "egress": [{"action": "Pass"}]}
        assert refused(profiles.Profile, spec) == ["spec.ingress[1].action", "spec.egress[0].action"]

    def test_the_built_in_one_cannot_be_stored(self) -> None:
        assert refused(profiles.Profile, {}, profiles.DEFAULT_ALLOW) == ["metadata.name"]

    def test_the_built_in_one_allows_everything(self) -> None:
        spec = profiles.default_allow().spec
        assert [rule.action for rule in (*spec.ingress, *spec.egress)] == ["Allow", "Allow"]

    def test_a_networks_containers_reach_each_other_and_out(self) -> None:
        profile = profiles.for_network("frontend")
        assert profile.encode()["spec"]["labelsToApply"] == {"calico.docker/network": "frontend"}
        (ingress,) = profile.spec.ingress
        peers = ingress.source.known_peers()
        assert peers is not None
        assert peers.matches({"calico.docker/network": "frontend"})
        assert not peers.matches({"calico.docker/network": "backend"})
        assert [rule.action for rule in profile.spec.egress] == ["Allow"]

    @pytest.mark.parametrize("name", ["Front", "front_end", "", 'a" || all() || "', "a" * 64])
    def test_a_name_that_cannot_be_a_profiles_or_labels_is_refused(self, name: str) -> None:
        with pytest.raises(errors.Invalid):
            profiles.for_network(name)
