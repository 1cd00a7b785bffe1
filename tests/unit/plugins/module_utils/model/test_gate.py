"""Promises 3 and 8: what is invalid opens nothing, and says what is wrong with it."""

import json
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import (
    felix_configurations,
    gate,
    host_endpoints,
    ip_reservations,
    kinds,
    network_sets,
    policies,
    profiles,
    resources,
    tiers,
)
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
    assert isinstance(resource, (policies.Policy, profiles.Profile))
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


def test_a_network_policy_denies_in_its_own_namespace_only() -> None:
    spec = {"selector": "role == 'db'", "namespaceSelector": "all()", "preDNAT": True, "ingress": BAD_RULE}
    found = admitted(records.raw("NetworkPolicy", "web", spec, {"namespace": "shop"})).resource
    assert actions(found) == {"ingress": ["Deny"], "egress": []}
    assert isinstance(found, policies.NetworkPolicy)
    assert str(found.subject()) == '(role == "db" && projectcalico.org/namespace == "shop")'


def test_a_policy_whose_name_is_no_policys_denies_under_its_name() -> None:
    found = admitted(records.policy("a.b.c", selector="all()", ingress=[{"action": "Allow"}])).resource
    assert actions(found) == {"ingress": ["Deny"], "egress": []}
    assert found is not None
    assert found.name == "a.b.c"


@pytest.mark.parametrize("kind", ["StagedGlobalNetworkPolicy", "StagedNetworkPolicy"])
def test_an_invalid_staged_policy_is_absent(kind: str) -> None:
    namespace = {"namespace": "shop"} if kinds.BY_KIND[kind].NAMESPACED else {}
    found = admitted(records.raw(kind, "web", {"selector": "all()", "ingress": BAD_RULE}, namespace))
    assert found.resource is None
    assert (found.reason or "").endswith("(so it counts as absent)")


def test_a_stored_profile_may_pass() -> None:
    found = admitted(records.profile("frontend", ingress=[{"action": "Pass"}]))
    assert (actions(found.resource)["ingress"], found.reason) == (["Pass"], None)


def host_endpoint(spec: dict[str, Any], **metadata: Any) -> gate.Admitted:
    return admitted(records.raw("HostEndpoint", "eth0", {"node": "host1", **spec}, metadata))


@pytest.mark.parametrize(
    ("spec", "interface", "expected"),
    [
        pytest.param({"interfaceName": "eth0", "profiles": ["No"]}, "eth0", [], id="bad profile"),
        pytest.param({"interfaceName": "*", "ports": [{"name": "x"}]}, "*", [], id="bad port"),
        pytest.param(
            {"interfaceName": "eth0", "expectedIPs": ["x", "10.0.0.1"]}, "eth0", ["10.0.0.1"], id="bad address"
        ),
        pytest.param({"interfaceName": "e" * 16, "expectedIPs": ["10.0.0.1"]}, None, ["10.0.0.1"], id="bad interface"),
    ],
)
def test_an_invalid_host_endpoint_closes_its_interface(
    spec: dict[str, Any], interface: str | None, expected: list[str]
) -> None:
    found = host_endpoint(spec)
    assert isinstance(found.resource, host_endpoints.HostEndpoint)
    assert found.resource.spec.denies
    assert (found.resource.spec.node, found.resource.spec.interface_name) == ("host1", interface)
    assert [str(address) for address in found.resource.spec.expected_ips] == expected
    assert (found.reason or "").endswith("(so it denies)")


def test_a_valid_host_endpoint_does_not_deny_by_itself() -> None:
    found = host_endpoint({"interfaceName": "eth0"})
    assert isinstance(found.resource, host_endpoints.HostEndpoint)
    assert (found.resource.spec.denies, found.reason) == (False, None)
    assert "denies" not in found.resource.encode()["spec"]


@pytest.mark.parametrize(
    "spec", [{"interfaceName": "e" * 16}, {"interfaceName": "eth0", "node": None}, {"interfaceName": 'eth0" }'}]
)
def test_a_host_endpoint_of_unknown_interface_is_absent_and_reported(spec: dict[str, Any]) -> None:
    found = host_endpoint(spec)
    assert (found.resource, bool(found.reason)) == (None, True)


@pytest.mark.parametrize("kind", ["GlobalNetworkSet", "NetworkSet"])
def test_a_network_set_keeps_the_networks_that_can_be_read(kind: str) -> None:
    metadata: dict[str, Any] = {"namespace": "shop"} if kinds.BY_KIND[kind].NAMESPACED else {}
    metadata |= {"labels": {"role": "not a label", "projectcalico.org/namespace": "other"}}
    found = admitted(records.raw(kind, "office", {"nets": ["10.0.0.1/8", "x", 5, "fd00::1"]}, metadata))
    assert isinstance(found.resource, network_sets.AnyNetworkSet)
    assert [str(network) for network in found.resource.spec.nets] == ["10.0.0.0/8", "fd00::1/128"]
    assert found.resource.metadata.labels == {"role": "not a label"}
    assert "spec.nets[1]" in (found.reason or "")
    assert (found.reason or "").endswith("(so only the rest of it counts)")


def test_a_reservation_keeps_the_networks_that_can_be_read() -> None:
    found = admitted(records.raw("IPReservation", "gateways", {"reservedCIDRs": ["10.65.0.1/32", None, "x"]})).resource
    assert isinstance(found, ip_reservations.IPReservation)
    assert [str(network) for network in found.spec.reserved_cidrs] == ["10.65.0.1/32"]


def test_a_felix_configuration_keeps_the_settings_that_can_be_read() -> None:
    ports = [{"protocol": "TCP", "port": 22}, {"protocol": "ICMP", "port": 1}]
    found = admitted(records.felix(failsafeInboundHostPorts=ports, logPrefix=7, workloadSourceSpoofing="Any"))
    assert isinstance(found.resource, felix_configurations.FelixConfiguration)
    assert found.resource.spec == felix_configurations.FelixConfigurationSpec(
        failsafe_inbound_host_ports=(felix_configurations.ProtoPort(protocol="TCP", port=22),),
        workload_source_spoofing="Any",
    )


def test_failsafe_ports_of_another_form_are_the_usual_ones() -> None:
    found = admitted(records.felix(failsafeInboundHostPorts="none", vxlanPort=1)).resource
    assert isinstance(found, felix_configurations.FelixConfiguration)
    assert (found.spec.failsafe_inbound_host_ports, found.spec.vxlan_port) == (None, 1)


def test_an_invalid_well_known_tier_stays_where_it_is() -> None:
    found = admitted(records.tier("default", order=5, defaultAction="Pass"))
    assert found.resource == tiers.well_known()


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
