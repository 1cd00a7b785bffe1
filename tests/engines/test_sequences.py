"""What the engine asks, in which order."""

from __future__ import annotations

import concurrent.futures
import functools

import pytest

from tests.netns import traffic
from tests.netns.waiting import until

from . import leftovers
from .hosts import NETWORK, VERSIONS, Host
from .recorder import recording
from .sites import Site

START = ["RequestAddress", "CreateEndpoint", "Join", "ProgramExternalConnectivity", "EndpointOperInfo"]
END = ["RevokeExternalConnectivity", "Leave", "DeleteEndpoint", "ReleaseAddress"]
ENDS = {
    "stop": ("stop", "--time=0", "one"),
    "kill": ("kill", "one"),
    "rm": ("rm", "--force", "one"),
    "disconnect": ("network", "disconnect", NETWORK, "one"),
    "die": ("exec", "one", "kill", "1"),
}


def test_the_engine_is_the_one_that_was_asked_for(host: Host) -> None:
    assert host.docker("version", "--format={{.Server.Version}}").startswith(VERSIONS[host.release])


def test_a_container_reaches_one_on_another_host(host: Host, other: Host) -> None:
    one, two = host.container("one"), other.container("two")
    for version in (4, 6):
        until(functools.partial(traffic.reaches, one, two, 80, version))


def test_an_engine_activates_the_plugin_once_in_its_life(host: Host) -> None:
    calls = recording(host)
    host.restart_engine()
    host.container("one")
    first = [call.name for call in calls.calls if call.name in ("Activate", "GetCapabilities")]
    assert first == ["Activate", "GetCapabilities", "GetCapabilities"]
    calls.calls.clear()
    host.kill_plugin()
    host.start_plugin()
    host.container("two")
    assert calls.steps == START


def test_a_network_is_created_and_removed(host: Host) -> None:
    calls = recording(host)
    host.network("blue", "--ipv6")
    # The answer to RequestPool has a gateway, so the engine asks for no address to make one of.
    assert [name for name in calls.names if name != "GetDefaultAddressSpaces"] == [
        *["RequestPool"] * 2,
        "CreateNetwork",
    ]
    assert [body["V6"] for body in calls.bodies("RequestPool")] == [False, True]
    calls.calls.clear()
    host.docker("network", "rm", "blue")
    assert calls.names[-1] == "DeleteNetwork"
    assert calls.names.count("ReleasePool") == 2
    assert set(calls.names) <= {"ReleaseAddress", "ReleasePool", "DeleteNetwork"}
    assert all(call.status == 200 for call in calls.calls)


def test_a_container_runs(host: Host) -> None:
    calls = recording(host)
    host.container("one")
    assert calls.steps == START


@pytest.mark.parametrize("words", ENDS.values(), ids=ENDS)
def test_a_container_ends(site: Site, host: Host, words: tuple[str, ...]) -> None:
    calls = recording(host)
    host.container("one")
    calls.calls.clear()
    host.attempt(*words)  # a command that kills the container that it runs in fails
    until(lambda: leftovers.of(site), lambda found: found == [])
    assert calls.steps == END


def test_a_restart_gives_a_fresh_endpoint(host: Host) -> None:
    calls = recording(host)
    host.container("one")
    calls.calls.clear()
    host.docker("restart", "--time=0", "one")
    assert calls.steps == [*END, *START]
    [ended], [begun] = calls.bodies("DeleteEndpoint"), calls.bodies("CreateEndpoint")
    assert ended["EndpointID"] != begun["EndpointID"]


def test_an_address_that_was_asked_for_stays_through_a_restart(host: Host) -> None:
    host.network("fixed", "--subnet=10.65.0.0/16")
    host.container("one", "--ip=10.65.7.8", network="fixed")
    host.docker("restart", "--time=0", "one")
    assert host.place("one", "fixed").addresses[4] == "10.65.7.8"


def test_a_pause_and_a_new_name_say_nothing(host: Host) -> None:
    calls = recording(host)
    host.container("one")
    calls.calls.clear()
    for words in (("pause", "one"), ("unpause", "one"), ("rename", "one", "uno")):
        host.docker(*words)
    assert calls.names == []


def test_calls_for_containers_that_start_at_once_interleave(site: Site, host: Host) -> None:
    names = [f"c{number}" for number in range(8)]
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        places = list(pool.map(host.container, names))
    given = {address for place in places for address in place.addresses.values()}
    assert given == {str(address) for address in leftovers.taken(site.store)}
    assert len(given) == 2 * len(names)
    assert traffic.reaching((places[0].space, place.addresses[4], 80) for place in places[1:]) == [True] * 7


def test_an_engine_that_starts_asks_for_its_pools_again(host: Host) -> None:
    calls = recording(host)
    host.restart_engine()
    assert all(call.status == 200 for call in calls.calls)
    host.container("one")
