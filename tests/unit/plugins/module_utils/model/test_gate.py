"""Promises 3 and 8: what is invalid opens nothing, and says what is wrong with it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model import gate, kinds, policies, profiles, resources
from tests.states import records

BAD_RULE = [{"action": "Allow", "destination": {"ports": [0]}}]


def admitted(change: records.Change) -> gate.Admitted:
    parts = kinds.parse_key(change.key)
    assert parts is not None
    assert change.value is not None
    return gate.admit(parts, change.value)


def policy(**spec: Any) -> gate.Admitted:
    return admitted(records.policy("web", **spec))


def actions(resource: resources.Resource | None) -> dict[str, list[str]]:
    assert isinstance(resource, (policies.GlobalNetworkPolicy, profiles.Profile))
    return {name: [rule.action for rule in getattr(resource.spec, name)] for name in ("ingress", "egress")}


def test_a_valid_record_passes_without_a_reason() -> None:
    found = policy(selector="all()", ingress=[{"action": "Allow"}])
    assert actions(found.resource) == {"ingress": ["Allow"], "egress": []}
    assert found.reason is None


def test_a_policy_with_a_bad_rule_denies_what_it_selects_in_its_place() -> None:
    found = policy(tier="security", order=5, selector="role == 'db'", ingress=BAD_RULE)
    assert actions(found.resource) == {"ingress": ["Deny"], "egress": []}
    assert isinstance(found.resource, policies.GlobalNetworkPolicy)
    assert (found.resource.spec.tier, found.resource.spec.order) == ("security", 5)
    assert str(found.resource.subject()) == 'role == "db"'


def test_the_reason_names_field_value_and_what_is_allowed() -> None:
    reason = policy(selector="all()", ingress=BAD_RULE).reason or ""
    assert reason.startswith("spec.ingress[0].destination.ports[0]: 0 is refused: must be a port from 1 to 65535")
    assert reason.endswith("(so it denies)")


@pytest.mark.parametrize(
    ("spec", "denied"),
    [
        pytest.param({"ingress": BAD_RULE}, {"ingress"}, id="ingress rules only"),
        pytest.param({"egress": BAD_RULE}, {"egress"}, id="egress rules only"),
        pytest.param({"ingress": BAD_RULE, "egress": BAD_RULE}, {"ingress", "egress"}, id="both kinds of rule"),
        pytest.param({"types": ["Egress"], "ingress": BAD_RULE}, {"egress"}, id="types are stated"),
        pytest.param({"types": ["Ingress", "Ingress"], "ingress": BAD_RULE}, {"ingress"}, id="a type stated twice"),
        pytest.param({"order": "soon"}, {"ingress"}, id="no rules, bad order"),
        pytest.param({"ingress": "all"}, {"ingress"}, id="rules of another form"),
    ],
)
def test_the_denied_directions_are_those_of_the_policy(spec: dict[str, Any], denied: set[str]) -> None:
    found = policy(selector="all()", **spec).resource
    assert {name for name, rules in actions(found).items() if rules == ["Deny"]} == denied


@pytest.mark.parametrize("place", [{"order": "soon"}, {"tier": 7}, {"tier": "No Such", "order": 3}])
def test_a_policy_of_unreadable_place_comes_first(place: dict[str, Any]) -> None:
    found = policy(selector="all()", ingress=[{"action": "Allow"}], **place).resource
    assert isinstance(found, policies.GlobalNetworkPolicy)
    assert (found.spec.tier, found.spec.order) == ("default", float("-inf"))


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"selector": "role =="}, id="selector"),
        pytest.param({"selector": 5}, id="selector of another form"),
        pytest.param({"namespaceSelector": "=="}, id="namespace selector"),
        pytest.param({"types": ["Sideways"]}, id="types"),
        pytest.param({"types": 5}, id="types of another form"),
        pytest.param({"types": [["Ingress"]]}, id="types nested"),
    ],
)
def test_a_policy_whose_subject_or_types_are_unreadable_is_absent_and_reported(spec: dict[str, Any]) -> None:
    found = policy(ingress=[{"action": "Allow"}], **spec)
    assert found.resource is None
    assert (found.reason or "").endswith("(so it counts as absent)")


def test_an_untracked_policy_stays_one_when_it_is_invalid() -> None:
    found = policy(selector="all()", doNotTrack=True, applyOnForward=True, ingress=BAD_RULE).resource
    assert isinstance(found, policies.GlobalNetworkPolicy)
    assert found.spec.do_not_track


def test_an_invalid_profile_keeps_its_labels_and_denies() -> None:
    found = admitted(records.profile("frontend", labelsToApply={"a": "b"}, ingress=BAD_RULE))
    assert isinstance(found.resource, profiles.Profile)
    assert found.resource.spec.labels_to_apply == {"a": "b"}
    assert actions(found.resource) == {"ingress": ["Deny"], "egress": ["Deny"]}


def test_a_profile_with_invalid_labels_denies() -> None:
    found = admitted(records.profile("frontend", labelsToApply={"a": "*"}, ingress=[{"action": "Allow"}]))
    assert actions(found.resource) == {"ingress": ["Deny"], "egress": ["Deny"]}


def test_an_invalid_endpoint_is_absent() -> None:
    change = records.endpoint(1)
    document = json.loads(change.value or b"")
    document["spec"]["ipNetworks"] = ["10.65.0.0/24"]
    found = admitted(records.Change(change.key, json.dumps(document).encode()))
    assert found.resource is None
    assert "must be a single address" in (found.reason or "")


def test_a_record_that_claims_another_name_than_its_key_is_absent() -> None:
    change = records.endpoint(1)
    found = admitted(records.Change(change.key, records.endpoint(2).value))
    assert found.resource is None
    assert "as in the key" in (found.reason or "")


@pytest.mark.parametrize("value", [b"", b"null", b"[]", b"\xff", b"{", b"[" * 100_000, b'{"metadata":5}'])
@pytest.mark.parametrize("kind", kinds.ALL)
def test_a_value_of_another_form_is_absent(kind: type[resources.Resource], value: bytes) -> None:
    namespace = "libnetwork" if kind.NAMESPACED else None
    assert admitted(records.Change(resources.key_of(kind, "any", namespace), value)).resource is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("selector", "types", "order", "tier", "ingress", "egress", "labelsToApply", "namespaceSelector", "doNotTrack")


@given(st.dictionaries(st.sampled_from(FIELDS), JSON), st.sampled_from(["GlobalNetworkPolicy", "Profile", "Tier"]))
def test_no_record_is_so_bad_that_it_stops_the_agent(spec: dict[str, Any], kind: str) -> None:
    found = admitted(records.raw(kind, "any", spec))
    assert found.resource is not None or found.reason
