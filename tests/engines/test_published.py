"""Published ports of real containers, from everywhere that somebody may ask."""

from __future__ import annotations

import pytest

from tests.netns import traffic
from tests.netns.traffic import Place
from tests.netns.waiting import until

from . import leftovers
from .hosts import NETWORK, OTHER_NETWORK, Host
from .sites import Site

ADDRESSES = {4: "192.0.2.1", 6: "2001:db8::1"}


def itself(host: Host) -> Place:
    return Place(host.machine.space, ADDRESSES)


def answers(source: Place, port: int, *addresses: str) -> list[bool]:
    """Whether a TCP connection to the host is made, at each address; by default one of each IP version."""
    return traffic.reaching((source.space, address, port) for address in addresses or ADDRESSES.values())


def reach(source: Place, port: int, *addresses: str) -> None:
    """It is reached; a process that has just started may not listen yet."""
    until(lambda: answers(source, port, *addresses), lambda found: found and all(found))


def miss(source: Place, port: int, *addresses: str) -> None:
    assert not any(answers(source, port, *addresses))


def published(site: Site, network: str = NETWORK) -> list[tuple[int, int]]:
    """Ports of the host and of the container, of what is in a network."""
    found = [one["spec"] for one in leftovers.endpoints(site.store) if network in one["spec"]["profiles"]]
    return sorted((port["hostPort"], port["port"]) for spec in found for port in spec.get("ports", ()))


def test_a_port_is_reached_from_everywhere(site: Site, host: Host, other: Host) -> None:
    web = host.container("web", "--publish=8080:80")
    reach(site.outside, 8080)
    reach(itself(host), 8080)
    reach(itself(host), 8080, "127.0.0.1")
    reach(host.container("neighbour"), 8080)
    reach(web, 8080)
    reach(other.container("elsewhere"), 8080)
    reach(host.container("stranger", network=OTHER_NETWORK), 8080)
    host.docker("run", "--detach", "--name=bridged", "probe")
    bridged = host.place("bridged", "bridge")
    reach(bridged, 8080, ADDRESSES[4])
    miss(site.outside, 8081)


def test_it_goes_with_the_container_and_is_free_at_once(site: Site, host: Host) -> None:
    host.container("web", "--publish=8080:80")
    host.docker("rm", "--force", "web")
    miss(site.outside, 8080)
    host.container("next", "--publish=8080:80")
    reach(site.outside, 8080)


def test_a_container_that_runs_again_has_its_port_again(site: Site, host: Host) -> None:
    host.container("web", "--publish=8080:80")
    host.docker("restart", "--time=1", "web")
    reach(site.outside, 8080)
    host.docker("kill", "web")
    miss(site.outside, 8080)
    host.docker("start", "web")
    reach(site.outside, 8080)


def test_policy_decides(site: Site, host: Host) -> None:
    host.container("web", "--publish=8080:80")
    denied = {"selector": "calico.docker/container == 'web'", "types": ["Ingress"]}
    revision = site.put("GlobalNetworkPolicy", "default.nobody", denied)
    [record] = [one for one in site.store.list("/calico/resources/").records if one.revision == revision]
    try:
        until(lambda: answers(site.outside, 8080), lambda found: not any(found))
    finally:
        site.store.commit({}, [record.key])
    reach(site.outside, 8080)


@pytest.mark.parametrize("network", [NETWORK, OTHER_NETWORK])
def test_two_containers_do_not_have_one_port(site: Site, host: Host, network: str) -> None:
    """Of the same network it is refused before anything is made, of another one when it is known to be another."""
    host.container("web", "--publish=8080:80")
    said = host.refusal("run", "--detach", "--name=two", f"--network={network}", "--publish=8080:81", "probe")
    assert (
        f"-p 8080:81/tcp is refused: port 8080/TCP of the host: container web (network {NETWORK}) publishes it" in said
    )
    assert len(leftovers.endpoints(site.store)) == 1
    assert len(host.links()) == 1
    reach(site.outside, 8080)


def test_ports_of_the_hosts_own_processes_and_of_bridges_are_left_alone(site: Site, host: Host) -> None:
    with traffic.listening(itself(host), 8080):
        said = host.refusal("run", f"--network={NETWORK}", "--publish=8080:80", "probe")
        assert "port 8080/TCP of the host: a process of the host has it" in said
        reach(site.outside, 8080)
    host.docker("run", "--detach", "--name=bridged", "--publish=192.0.2.1:8081:80", "probe")
    host.container("web", "--publish=8080:80")
    reach(site.outside, 8080)
    reach(site.outside, 8081, ADDRESSES[4])
    for name in ("bridged", "web"):
        host.docker("rm", "--force", name)


def test_what_the_engine_leaves_to_us_is_chosen(site: Site, host: Host) -> None:
    host.container("web", "--publish=80", "--publish=8000-8001:81")
    host.container("two", "--publish=8000-8001:80")
    ports = dict(published(site))
    assert sorted(ports.values()) == [80, 80, 81]
    assert {8000, 8001} < set(ports)
    (chosen,) = set(ports) - {8000, 8001}
    reach(site.outside, chosen)


def test_what_is_published_for_loopback_is_for_the_host(site: Site, host: Host) -> None:
    host.container("web", "--publish=127.0.0.1:8080:80")
    reach(itself(host), 8080, "127.0.0.1")
    miss(site.outside, 8080)
    miss(itself(host), 8080)


def test_ports_follow_the_gateway_of_the_container(site: Site, host: Host) -> None:
    """Which network that is the engine decides: here by the order of their names."""
    host.container("web", "--publish=8080:80")
    host.docker("network", "connect", OTHER_NETWORK, "web")
    assert (published(site), published(site, OTHER_NETWORK)) == ([], [(8080, 80)])
    reach(site.outside, 8080)
    host.docker("network", "disconnect", OTHER_NETWORK, "web")
    assert published(site) == [(8080, 80)]
    reach(site.outside, 8080)


def test_ports_outlive_agent_and_plugin(site: Site, host: Host) -> None:
    host.container("web", "--publish=8080:80")
    host.agent.kill()
    host.stop_plugin()
    reach(site.outside, 8080)
    host.start_agent()
    host.start_plugin()
    reach(site.outside, 8080)
    host.docker("rm", "--force", "web")
    miss(site.outside, 8080)


@pytest.mark.parametrize("killed", [False, True])
def test_ports_come_back_with_the_engine(site: Site, host: Host, killed: bool) -> None:
    host.container("web", "--publish=8080:80", "--restart=always")
    (host.engine.kill if killed else host.engine.stop)()
    host.start_engine()
    reach(site.outside, 8080)
    assert published(site) == [(8080, 80)]


def test_ports_stay_while_an_engine_with_live_restore_is_away(site: Site, host: Host) -> None:
    host.restart_engine("--live-restore")
    host.container("web", "--publish=8080:80")
    host.engine.kill()
    reach(site.outside, 8080)
    host.start_engine("--live-restore")
    reach(site.outside, 8080)
    host.docker("rm", "--force", "web")
    host.restart_engine()
