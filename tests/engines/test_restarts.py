"""The engine starts again, in each way that it can end."""

from __future__ import annotations

import pytest

from tests.netns import traffic
from tests.netns.traffic import Place
from tests.netns.waiting import until

from . import leftovers
from .hosts import Host
from .recorder import recording
from .sites import Site

ALWAYS = "--restart=always"


def identities(site: Site) -> set[str]:
    return {endpoint["spec"]["endpoint"] for endpoint in leftovers.endpoints(site.store)}


def settled(site: Site, containers: int) -> bool:
    """Whether as many containers have an endpoint, two addresses and no more."""
    return len(leftovers.endpoints(site.store)) == containers and len(leftovers.taken(site.store)) == 2 * containers


def reached(host: Host, name: str) -> bool:
    """Whether a container can be reached on its present address from one that has just come."""
    target = host.place(name)
    helper = host.container("helper")
    found = all(traffic.reaches(helper, target, 80, version) for version in (4, 6))
    host.docker("rm", "--force", "helper")
    return found


def test_a_normal_restart_ends_and_begins_endpoints(site: Site, host: Host) -> None:
    host.container("one", ALWAYS)
    before = identities(site)
    calls = recording(host)
    host.restart_engine()
    until(lambda: host.running("one"))
    assert {"Leave", "DeleteEndpoint", "ReleaseAddress", "CreateEndpoint", "Join"} <= set(calls.names)
    assert not before & identities(site)
    assert reached(host, "one")
    assert settled(site, 1)


def test_an_engine_that_was_killed_cleans_up_and_starts_anew(site: Site, host: Host) -> None:
    host.container("one", ALWAYS)
    before = identities(site)
    host.engine.kill()
    calls = recording(host)
    host.start_engine()
    until(lambda: host.running("one"))
    assert before <= {body["EndpointID"] for body in calls.bodies("DeleteEndpoint")}
    assert not before & identities(site)
    assert reached(host, "one")
    until(lambda: settled(site, 1))


def test_after_an_engine_was_killed_a_container_of_the_same_name_starts(site: Site, host: Host) -> None:
    """The old driver said: service endpoint already exists."""
    host.container("one")
    host.engine.kill()
    host.start_engine()
    host.docker("rm", "--force", "one")
    host.container("one")
    until(lambda: settled(site, 1))


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
def test_with_live_restore_nothing_is_asked_and_traffic_goes_on(site: Site, host: Host, killed: bool) -> None:
    host.restart_engine("--live-restore")
    one, two = host.container("one"), host.container("two")
    before = identities(site)
    with traffic.listening(two, 81):
        client = traffic.connect(one.space, two.addresses[4], 81)
        assert client is not None
        calls = recording(host)
        (host.engine.kill if killed else host.engine.stop)()
        assert all(traffic.reaches(one, two, 81, version) for version in (4, 6))
        host.start_engine("--live-restore")
        assert all(traffic.reaches(one, two, 81, version) for version in (4, 6))
        client.send(b"still there")
        client.close()
    assert not {"CreateEndpoint", "Join", "Leave", "DeleteEndpoint"} & set(calls.names)
    assert identities(site) == before
    host.docker("rm", "--force", "one", "two")
    until(lambda: leftovers.of(site) == [])
    host.restart_engine()


def test_a_restart_of_plugin_and_agent_touches_no_container(host: Host) -> None:
    one, two = host.container("one"), host.container("two")
    for kill, start in ((host.kill_plugin, host.start_plugin), (host.agent.kill, host.start_agent)):
        kill()
        assert traffic.reaches(one, two, 80, 4)
        start()
        assert traffic.reaches(one, two, 80, 4)
    host.docker("restart", "--time=0", "one")
    host.docker("rm", "--force", "one", "two")


def test_an_engine_that_starts_with_containers_and_the_plugin_do_not_wait_for_each_other(host: Host) -> None:
    """The old driver and the engine did, for ever: the engine's API does not answer until its containers are back."""
    for number in range(3):
        host.container(f"c{number}", ALWAYS)
    host.engine.stop()
    host.kill_plugin()
    host.start_plugin()
    host.start_engine()
    for number in range(3):
        until(lambda number=number: host.running(f"c{number}"))  # type: ignore[misc]


@pytest.mark.slow
def test_an_engine_that_starts_without_the_plugin_comes_up(site: Site, host: Host) -> None:
    host.container("one")
    host.engine.kill()
    host.stop_plugin()
    host.start_engine(seconds=180)
    host.start_plugin()
    host.docker("start", "one")
    assert host.running("one")
    until(lambda: settled(site, 1), seconds=90)


def test_a_fixed_address_comes_back_with_the_engine(host: Host) -> None:
    host.network("fixed", "--subnet=10.65.0.0/16")
    host.container("one", ALWAYS, "--ip=10.65.9.9", network="fixed")
    host.engine.kill()
    host.start_engine()
    until(lambda: host.running("one"))
    place: Place = host.place("one", "fixed")
    assert place.addresses[4] == "10.65.9.9"
