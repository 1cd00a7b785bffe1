"""What the engine says in its calls, and what it makes of the answers."""

from __future__ import annotations

import json

from . import leftovers
from .hosts import Host, addresses
from .recorder import recording
from .sites import Site

MAC = "02:00:5e:00:53:17"


def test_names_and_labels_are_never_passed(host: Host) -> None:
    calls = recording(host)
    host.network("hidden-network", "--label=hidden-label=x")
    host.container("hidden-container", "--label=hidden-label=y", network="hidden-network")
    assert "hidden" not in json.dumps([call.body for call in calls.calls])


def test_the_endpoint_is_of_its_network_all_the_same(site: Site, host: Host) -> None:
    host.network("known")
    host.container("one", network="known")
    assert [endpoint["spec"]["profiles"] for endpoint in leftovers.endpoints(site.store)] == [["known"]]


def test_an_automatic_network_has_the_pool_that_is_checked_for_no_overlap(host: Host) -> None:
    for name in ("one", "two"):
        host.network(name)
        [config] = host.inspect(name)["IPAM"]["Config"]
        assert config["Subnet"] == "0.0.0.0/0"


def test_a_subnet_asks_for_that_pool(host: Host) -> None:
    calls = recording(host)
    host.network("fixed", "--subnet=10.65.0.0/16", "--ipv6", "--subnet=fd65::/48")
    assert [(body["Pool"], body["V6"]) for body in calls.bodies("RequestPool")] == [
        ("10.65.0.0/16", False),
        ("fd65::/48", True),
    ]


def test_addresses_that_are_asked_for_are_given(site: Site, host: Host) -> None:
    host.network("fixed", "--subnet=10.65.0.0/16", "--ipv6", "--subnet=fd65::/48")
    calls = recording(host)
    place = host.container("one", "--ip=10.65.9.9", "--ip6=fd65::9:9", network="fixed")
    assert place.addresses == {4: "10.65.9.9", 6: "fd65::9:9"}
    assert [body["Address"] for body in calls.bodies("RequestAddress")] == ["10.65.9.9", "fd65::9:9"]
    assert sorted(map(str, leftovers.taken(site.store))) == ["10.65.9.9", "fd65::9:9"]


def test_an_address_without_a_subnet_is_the_engines_to_refuse(host: Host) -> None:
    refusal = host.refusal("run", "--network=frontend", "--ip=10.65.9.9", "probe")
    assert "user configured subnet" in refusal


def test_a_mac_address_that_is_asked_for_is_given_and_not_returned(site: Site, host: Host) -> None:
    calls = recording(host)
    host.container("one", f"--mac-address={MAC}")
    [created] = [call for call in calls.calls if call.name == "CreateEndpoint"]
    assert created.body["Interface"]["MacAddress"] == MAC
    assert created.answer == {"Interface": {}}
    assert MAC in host.ask("one", "ip", "link", "show", "eth0")
    assert [endpoint["spec"]["mac"] for endpoint in leftovers.endpoints(site.store)] == [MAC]


def test_a_mac_address_of_ours_is_given(site: Site, host: Host) -> None:
    host.container("one")
    [endpoint] = leftovers.endpoints(site.store)
    assert endpoint["spec"]["mac"] in host.ask("one", "ip", "link", "show", "eth0")


def test_ports_that_are_exposed_reach_create_endpoint(host: Host) -> None:
    calls = recording(host)
    host.container("one", "--expose=8080")
    [body] = calls.bodies("CreateEndpoint")
    assert {"Proto": 6, "Port": 8080} in body["Options"]["com.docker.network.endpoint.exposedports"]


def test_the_network_namespace_reaches_join(host: Host) -> None:
    calls = recording(host)
    host.container("one")
    [body] = calls.bodies("Join")
    assert body["SandboxKey"] == host.inspect("one")["NetworkSettings"]["SandboxKey"]


def test_addresses_of_another_ipam_driver_are_refused(host: Host) -> None:
    words = ("network", "create", "--driver=calico", "--subnet=10.99.0.0/16", "blue")
    assert "--ipam-driver calico" in host.refusal(*words)


def test_a_refusal_is_said_under_both_keys(host: Host) -> None:
    calls = recording(host)
    host.refusal("network", "create", "--driver=calico", "--ipam-driver=calico", "--ipam-opt=colour=red", "blue")
    [refused] = [call for call in calls.calls if call.status != 200]
    assert refused.name == "RequestPool"
    assert refused.answer["Err"] == refused.answer["Error"]


def test_the_scope_is_local(host: Host) -> None:
    assert host.inspect("frontend")["Scope"] == "local"


def test_a_name_that_docker_allows_and_calico_does_not_is_refused_with_reason(host: Host) -> None:
    host.network("Blue_One")
    assert "network name 'Blue_One' cannot name a Profile" in host.refusal("run", "--network=Blue_One", "probe")


def test_an_ipv4_only_network_asks_for_no_ipv6(host: Host) -> None:
    host.network("four")
    calls = recording(host)
    host.container("one", network="four")
    assert len(calls.bodies("RequestAddress")) == 1
    assert set(addresses(host.inspect("one"), "four")) == {4}
