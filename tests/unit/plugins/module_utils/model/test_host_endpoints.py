"""HostEndpoints and named ports: what is accepted and what refused."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import host_endpoints

from .refusals import accepted, refused

HEP = host_endpoints.HostEndpoint
ETH0 = {"node": "host1", "interfaceName": "eth0"}
HTTP = {"name": "http", "protocol": "TCP", "port": 80}


@pytest.mark.parametrize(
    ("spec", "fields"),
    [
        ({}, ["spec.node"]),
        ({"node": "host1"}, ["spec.interfaceName"]),
        ({**ETH0, "node": "Host1"}, ["spec.node"]),
        ({**ETH0, "interfaceName": "eth*"}, ["spec.interfaceName"]),
        ({**ETH0, "interfaceName": "e" * 16}, ["spec.interfaceName"]),
        ({**ETH0, "expectedIPs": ["10.0.0.1/32"]}, ["spec.expectedIPs[0]"]),
        ({**ETH0, "profiles": ["No"]}, ["spec.profiles[0]"]),
        ({**ETH0, "ports": [{**HTTP, "protocol": "ICMP"}]}, ["spec.ports[0].protocol"]),
        ({**ETH0, "ports": [{**HTTP, "protocol": 47}]}, ["spec.ports[0].protocol"]),
        ({**ETH0, "ports": [{**HTTP, "port": 0}]}, ["spec.ports[0].port"]),
        ({**ETH0, "ports": [{**HTTP, "name": "HTTP"}]}, ["spec.ports[0].name"]),
        ({**ETH0, "ports": [{**HTTP, "name": "80"}]}, ["spec.ports[0].name"]),
        ({**ETH0, "ports": [{**HTTP, "name": "a--b"}]}, ["spec.ports[0].name"]),
        ({**ETH0, "ports": [{**HTTP, "name": "a" * 16}]}, ["spec.ports[0].name"]),
        ({**ETH0, "denies": True}, ["spec.denies"]),
    ],
)
def test_what_is_refused(spec: dict[str, Any], fields: list[str]) -> None:
    assert refused(HEP, spec) == fields


@pytest.mark.parametrize(
    "spec",
    [
        ETH0,
        {"node": "host1", "interfaceName": "*"},
        {"node": "host1", "expectedIPs": ["10.0.0.1", "fd00::1"]},
        {**ETH0, "profiles": ["p"], "ports": [HTTP, {**HTTP, "name": "dns-2", "protocol": 17, "port": 53}]},
    ],
)
def test_what_is_accepted(spec: dict[str, Any]) -> None:
    accepted(HEP, spec)


def test_a_name_of_a_port_that_an_older_writer_stored_is_read() -> None:
    spec = {**ETH0, "ports": [{**HTTP, "name": "HTTP_alt"}]}
    assert HEP.decode({"metadata": {"name": "x"}, "spec": spec}).spec.ports[0].name == "HTTP_alt"
