"""WorkloadEndpoints: the name and labels that upstream demands, and what is refused."""

import ipaddress
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import errors, workload_endpoints

from .refusals import refused

WEP = workload_endpoints.WorkloadEndpoint
SPEC = {"orchestrator": "libnetwork", "workload": "libnetwork", "node": "n-1", "endpoint": "e1"}
NAME = "n--1-libnetwork-libnetwork-e1"


def made(**changes: Any) -> workload_endpoints.WorkloadEndpoint:
    settings: dict[str, Any] = {
        "node": "host-1.example",
        "endpoint": "ab" * 32,
        "interface": "caliabababababa",
        "mac": "ee:ee:ee:ee:ee:ee",
        "addresses": [ipaddress.ip_address("10.65.0.1"), ipaddress.ip_address("fd65::1")],
        "profiles": ["frontend"],
        **changes,
    }
    return workload_endpoints.for_container(**settings)


def test_a_containers_endpoint_is_named_and_labelled_as_upstream_does() -> None:
    endpoint = made(labels={"app": "web"})
    assert endpoint.name == "host--1.example-libnetwork-libnetwork-" + "ab" * 32
    assert endpoint.key.endswith(f"/workloadendpoints/libnetwork/{endpoint.name}")
    assert endpoint.host == "host-1.example"
    assert endpoint.metadata.labels == {
        "app": "web",
        "projectcalico.org/namespace": "libnetwork",
        "projectcalico.org/orchestrator": "libnetwork",
    }
    assert endpoint.encode()["spec"]["ipNetworks"] == ["10.65.0.1/32", "fd65::1/128"]


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ({"orchestrator": "k8s", "pod": "web-0", "endpoint": "eth0", "node": "n1"}, "n1-k8s-web--0-eth0"),
        ({"orchestrator": "cni", "container_id": "c1", "endpoint": "eth0", "node": "n1"}, "n1-cni-c1-eth0"),
        ({"orchestrator": "other", "workload": "w-x", "endpoint": "e", "node": "n1"}, "n1-other-w--x-e"),
        (
            {"orchestrator": "libnetwork", "workload": "any", "endpoint": "e", "node": "n1"},
            "n1-libnetwork-libnetwork-e",
        ),
    ],
)
def test_names_are_made_from_their_parts(spec: dict[str, Any], name: str) -> None:
    assert workload_endpoints.name_of(workload_endpoints.WorkloadEndpointSpec(**spec)) == name


@pytest.mark.parametrize("name", [NAME, "a-b-c-d", "a----b-c-d-e"])
def test_a_split_name_has_single_dashes(name: str) -> None:
    parts = workload_endpoints.split_name(name)
    assert "-".join(part.replace("-", "--") for part in parts) == name


@pytest.mark.parametrize(
    ("spec", "metadata", "fields"),
    [
        ({}, {"name": "other"}, ["metadata.name"]),
        ({"endpoint": None}, {}, ["spec.endpoint"]),
        ({"ipNetworks": ["10.65.0.0/24"]}, {}, ["spec.ipNetworks[0]"]),
        ({"interfaceName": "a" * 16}, {}, ["spec.interfaceName"]),
        ({"interfaceName": "a b"}, {}, ["spec.interfaceName"]),
        ({"mac": "ee:ee"}, {}, ["spec.mac"]),
        ({"profiles": ["Up"]}, {}, ["spec.profiles[0]"]),
        ({"ports": [{"name": "http", "protocol": "TCP"}]}, {}, ["spec.ports[0].port"]),
        ({"ports": [{"protocol": "TCP", "port": 80}]}, {}, ["spec.ports[0].name"]),
        ({"ports": [{"name": "ping", "protocol": "ICMP", "port": 80}]}, {}, ["spec.ports[0].protocol"]),
        ({"containerID": "-"}, {}, ["spec.containerID"]),
        ({"ipv4Gateway": "fd00::1"}, {}, ["spec.ipv4Gateway"]),
        ({"ipNATs": [{"internalIP": "10.65.0.1", "externalIP": "10.0.0.1"}]}, {}, ["spec.ipNATs[0].internalIP"]),
        ({"ipNATs": [{"internalIP": "10.65.0.1", "externalIP": "fd00::1"}]}, {}, ["spec.ipNATs[0].externalIP"]),
        ({"allowSpoofedSourcePrefixes": ["any"]}, {}, ["spec.allowSpoofedSourcePrefixes[0]"]),
        ({}, {"labels": {"projectcalico.org/namespace": "other"}}, ["metadata.labels[projectcalico.org/namespace]"]),
    ],
)
def test_what_is_refused(spec: dict[str, Any], metadata: dict[str, Any], fields: list[str]) -> None:
    found = refused(WEP, {**SPEC, **spec}, **{"name": NAME, "namespace": "libnetwork", **metadata})
    assert found == fields


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"labels": {"bad label": "x"}}, id="a label that is none"),
        pytest.param({"labels": {"a": "x" * 64}}, id="a value too long"),
        pytest.param({"node": "Host"}, id="a node's name in upper case"),
        pytest.param({"endpoint": ""}, id="no endpoint"),
        pytest.param({"profiles": ["front_end"]}, id="a profile that cannot be"),
    ],
)
def test_a_container_that_cannot_be_stored_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(errors.Invalid):
        made(**changes)
