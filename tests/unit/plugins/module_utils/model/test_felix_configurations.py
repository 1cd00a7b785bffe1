"""Which settings hold on a host, and how they are written."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import felix_configurations
from tests.unit.plugins.module_utils.model import refusals

Felix = felix_configurations.FelixConfiguration


def stored(name: str, *, created: str = "2026-01-01T00:00:00Z", **spec: Any) -> Felix:
    return Felix.decode({"metadata": {"name": name, "creationTimestamp": created}, "spec": spec})


def on_host1(*known: Felix, **labels: str) -> felix_configurations.FelixConfigurationSpec:
    return felix_configurations.effective({one.name: one for one in known}, "host1", labels)


def test_without_any_the_defaults_hold() -> None:
    found = on_host1()
    assert found == felix_configurations.DEFAULTS
    assert {port.port for port in found.failsafe_inbound_host_ports or ()} >= {22, 179, 2379}


def test_the_nodes_own_wins_over_one_that_selects_it_over_the_default() -> None:
    found = on_host1(
        stored("node.host1", logPrefix="own"),
        stored("racks", nodeSelector="rack == '1'", logPrefix="rack", vxlanPort=1),
        stored("default", logPrefix="all", vxlanPort=2, workloadSourceSpoofing="Any"),
        stored("node.host2", logPrefix="other", natPortRange=5),
        rack="1",
    )
    assert (found.log_prefix, found.vxlan_port, found.workload_source_spoofing) == ("own", 1, "Any")
    assert found.nat_port_range is None


def test_of_several_that_select_a_node_only_the_oldest_holds() -> None:
    found = on_host1(
        stored("a", nodeSelector="all()", created="2026-01-02T00:00:00Z", vxlanPort=1),
        stored("c", nodeSelector="all()", vxlanPort=3),
        stored("b", nodeSelector="all()", vxlanPort=2, logPrefix="b"),
        stored("d", nodeSelector="rack == '2'", created="2025-01-01T00:00:00Z", vxlanPort=4),
    )
    assert (found.vxlan_port, found.log_prefix) == (2, "b")


def test_an_empty_list_of_failsafe_ports_is_not_the_default_list() -> None:
    none = stored("default", failsafeInboundHostPorts=[])
    assert on_host1(none).failsafe_inbound_host_ports == ()
    assert none.encode()["spec"] == {"failsafeInboundHostPorts": []}
    weaker = stored("default", failsafeInboundHostPorts=[{"port": 22}])
    assert on_host1(weaker, stored("node.host1", failsafeInboundHostPorts=[])).failsafe_inbound_host_ports == ()


def test_a_port_without_protocol_is_one_of_tcp_and_without_net_from_anywhere() -> None:
    port = on_host1(stored("default", failsafeInboundHostPorts=[{"port": 22, "net": ""}])).failsafe_inbound_host_ports
    assert port == (felix_configurations.ProtoPort(protocol="TCP", port=22),)
    assert [one.protocol_number for one in port] == [6]


@pytest.mark.parametrize(
    ("name", "spec", "field"),
    [
        ("other", {}, "metadata.name"),
        ("default", {"nodeSelector": "all()"}, "spec.nodeSelector"),
        ("node.host1", {"nodeSelector": "all()"}, "spec.nodeSelector"),
        ("default", {"logPrefix": "x" * 28}, "spec.logPrefix"),
        ("default", {"logPrefix": "a\nb"}, "spec.logPrefix"),
        ("default", {"logSeverityScreen": "Loud"}, "spec.logSeverityScreen"),
        ("default", {"failsafeInboundHostPorts": [{"protocol": "ICMP", "port": 1}]}, "[0].protocol"),
        ("default", {"failsafeOutboundHostPorts": [{"port": 1, "net": "x"}]}, "spec.failsafeOutboundHostPorts[0].net"),
        ("default", {"natOutgoingAddress": "fd00::1"}, "spec.natOutgoingAddress"),
        ("default", {"natPortRange": "http"}, "spec.natPortRange"),
        ("default", {"iptablesMarkMask": -1}, "spec.iptablesMarkMask"),
        ("default", {"interfacePrefix": "a b"}, "spec.interfacePrefix"),
    ],
)
def test_what_is_refused(name: str, spec: dict[str, Any], field: str) -> None:
    assert [found.endswith(field) for found in refusals.refused(Felix, spec, name)] == [True]
