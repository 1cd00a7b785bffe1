"""The interface that a container gets: gateways, routes, several networks, reconnecting."""

from __future__ import annotations

import json

from calico_node.dataplane import veth
from tests.netns import traffic
from tests.netns.traffic import Place

from .hosts import NETWORK, OTHER_NETWORK, Host
from .sites import Site


def routes(place: Place, version: int = 4) -> dict[str, str]:
    """Where each destination is reached: by a gateway, or on a device."""
    listed = json.loads(place.space.ip(f"-{version} -json route show"))
    return {route["dst"]: route.get("gateway", route["dev"]) for route in listed}


def test_the_gateways_are_link_local(host: Host) -> None:
    place = host.container("one")
    assert routes(place, 4) == {"default": "169.254.1.1", "169.254.1.1": "eth0"}
    assert routes(place, 6)["default"] == veth.GATEWAY_IPV6


def test_the_first_packet_passes(host: Host) -> None:
    """Whatever a container does first, its addresses, gateways, policy and routes are there."""
    place = host.container("server")
    for address in place.addresses.values():
        word = "-6" if ":" in address else "-4"
        host.docker("run", "--rm", "--network=frontend", "probe", "ping", word, "-c", "1", "-W", "1", address)


def test_the_two_ends_have_different_mac_addresses(host: Host) -> None:
    host.container("one")
    [link] = host.links()
    assert veth.HOST_MAC in host.machine.run("ip", "link", "show", link)
    assert veth.HOST_MAC not in host.ask("one", "ip", "link", "show", "eth0")
    assert veth.HOST_MAC in host.refusal("run", f"--mac-address={veth.HOST_MAC}", "--network=frontend", "probe")


def test_a_container_starts_with_several_calico_networks(host: Host) -> None:
    host.network("third", "--ipv6")
    host.docker("create", "--name=one", "--network=frontend", "probe")
    for network in (OTHER_NETWORK, "third"):
        host.docker("network", "connect", network, "one")
    host.docker("start", "one")
    host.docker("restart", "--time=0", "one")
    assert len(host.links()) == 3


def test_a_calico_and_a_bridge_network_are_on_one_container(site: Site, host: Host) -> None:
    host.docker("network", "create", "blue")
    place = host.container("one")
    host.docker("network", "connect", "blue", "one")
    neighbour = host.container("two")
    assert traffic.reaches(neighbour, place, 80, 4)
    bridged = host.container("three", network="blue")
    assert traffic.reaches(bridged, host.place("one", "blue"), 80, 4)
    host.docker("network", "disconnect", "blue", "one")
    assert traffic.reaches(neighbour, place, 80, 4)
    assert site.outside


def test_a_container_is_connected_again(host: Host) -> None:
    host.container("one")
    host.docker("network", "disconnect", NETWORK, "one")
    assert host.links() == []
    host.docker("network", "connect", NETWORK, "one")
    assert traffic.reaches(host.container("two"), host.place("one"), 80, 4)


def test_a_container_that_is_connected_later_has_an_alias(host: Host) -> None:
    host.container("one", network=OTHER_NETWORK)
    host.docker("network", "connect", "--alias=db", NETWORK, "one")
    host.container("two")
    assert host.place("one").addresses[4] in host.ask("two", "nslookup", "db")


def test_no_bridge_is_added_for_a_gateway(host: Host) -> None:
    host.container("one")
    assert "docker_gwbridge" not in host.docker("network", "ls")


def test_the_mtu_is_the_uplinks(host: Host) -> None:
    host.machine.run("ip", "link", "set", "eth0", "mtu", "1450")
    host.container("one")
    host.machine.run("ip", "link", "set", "eth0", "mtu", "1500")
    host.container("two")
    assert "mtu 1450" in host.ask("one", "ip", "link", "show", "eth0")
    assert "mtu 1500" in host.ask("two", "ip", "link", "show", "eth0")
