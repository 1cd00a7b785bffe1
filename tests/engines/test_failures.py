"""What fails in the driver or around it: the user is told, and nothing is left behind."""

from __future__ import annotations

import concurrent.futures
import signal

import pytest

from tests.netns import traffic
from tests.netns.waiting import until

from . import leftovers
from .hosts import NETWORK, Host
from .recorder import recording
from .sites import Site


def test_an_address_that_cannot_be_given_is_refused_with_reason(host: Host) -> None:
    host.network("fixed", "--subnet=10.65.0.0/16")
    host.container("one", "--ip=10.65.9.9", network="fixed")
    assert "in use" in host.refusal("run", "--network=fixed", "--ip=10.65.9.9", "probe")
    # What is outside of the subnet, the engine refuses itself, each release in other words.
    refusal = host.refusal("run", "--network=fixed", "--ip=192.168.7.7", "probe")
    assert "192.168.7.7" in refusal or "no configured subnet" in refusal


def test_a_pool_that_is_exhausted_says_so(site: Site, host: Host) -> None:
    site.put("IPPool", "small", {"cidr": "10.99.0.0/30", "blockSize": 32, "disabled": False})
    host.network("narrow", "--subnet=10.99.0.0/30")
    for number in range(4):
        host.container(f"c{number}", network="narrow")
    refusal = host.refusal("run", "--network=narrow", "probe")
    host.clean()
    site.delete("IPPool", "small")
    assert "10.99.0.0/30" in refusal


def test_a_start_that_fails_in_create_endpoint_is_rolled_back(site: Site, host: Host) -> None:
    calls = recording(host)
    host.network("Upper")
    refusal = host.refusal("run", "--name=one", "--network=Upper", "probe")
    assert "NetworkDriver.CreateEndpoint: network name 'Upper' cannot name a Profile" in refusal
    assert calls.names[-1] == "ReleaseAddress"
    assert not host.inspect("one")["State"]["Running"]
    assert leftovers.of(site) == []


def test_a_failed_join_is_rolled_back_without_leave(site: Site, host: Host) -> None:
    host.agent.kill()
    calls = recording(host)
    refusal = host.refusal("run", "--name=one", "--network=frontend", "probe")
    host.start_agent()
    assert "NetworkDriver.Join: the agent does not answer" in refusal
    assert calls.steps == ["RequestAddress", "CreateEndpoint", "Join", "DeleteEndpoint", "ReleaseAddress"]
    assert leftovers.of(site) == []
    host.docker("start", "one")
    assert host.running("one")


def test_with_etcd_away_a_start_fails_in_time_and_nothing_is_left(site: Site, host: Host) -> None:
    place = host.container("one")
    site.etcd.send(signal.SIGSTOP)
    refusal = host.refusal("run", "--network=frontend", "probe")
    site.etcd.send(signal.SIGCONT)
    assert "etcd does not answer" in refusal
    assert traffic.reaches(host.container("two"), place, 80, 4)


def test_a_slow_driver_is_waited_for(host: Host) -> None:
    """The engine knows no time-out: what a slow call costs is that container's start, and nobody else's."""
    calls = recording(host)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with calls.holding("Join") as held:
            slow = pool.submit(host.container, "slow")
            assert held.wait(30)
            place = host.container("quick")
            assert not slow.done()
        assert traffic.reaches(place, slow.result(), 80, 4)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [20, 45])
def test_a_very_slow_driver_is_waited_for(host: Host, seconds: float) -> None:
    recording(host).delays["Join"] = seconds
    host.docker("run", "--detach", "--name=one", "--network=frontend", "probe", seconds=120)
    assert host.running("one")


def test_with_the_plugin_away_a_start_fails_and_nothing_is_left(site: Site, host: Host) -> None:
    host.stop_plugin()
    refusal = host.refusal("run", "--name=one", "--network=frontend", "probe")
    host.start_plugin()
    assert "error" in refusal.lower()
    assert leftovers.of(site) == []
    host.docker("start", "one")
    assert host.running("one")


def test_a_plugin_that_is_just_restarted_costs_no_start(host: Host) -> None:
    host.stop_plugin()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        start = pool.submit(host.container, "one")
        host.start_plugin()
        start.result()
    assert host.running("one")


def test_a_call_that_was_cut_off_is_repeated_without_its_body_and_refused_in_words(site: Site, host: Host) -> None:
    calls = recording(host)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with calls.holding("Join") as held:
            start = pool.submit(host.refusal, "run", "--detach", "--name=one", "--network=frontend", "probe")
            assert held.wait(30)
            host.kill_plugin()
            before = calls.unanswered
        until(lambda: calls.unanswered > before)
        host.start_plugin()
        assert "the driver ended in the middle of this call" in start.result()
    assert leftovers.of(site) == []
    host.docker("start", "one")
    assert host.running("one")


@pytest.mark.slow
def test_a_container_that_is_removed_while_the_plugin_is_away_leaves_nothing(site: Site, host: Host) -> None:
    host.container("one")
    host.stop_plugin()
    host.docker("rm", "--force", "one", seconds=120)
    host.start_plugin()
    until(lambda: repaired(site, host), seconds=30)


@pytest.mark.slow
def test_a_network_that_is_removed_while_the_plugin_is_away_is_forgotten(host: Host) -> None:
    record = host.machine.path(f"/var/lib/calico/libnetwork/networks/{host.network('blue')}")
    host.container("one", network="blue")
    host.docker("rm", "--force", "one")
    assert record.exists()
    host.stop_plugin()
    host.docker("network", "rm", "blue", seconds=120)
    host.start_plugin()
    until(record.exists, lambda there: not there, seconds=30)
    host.network("blue")
    host.container("one", network="blue")


def test_what_was_deleted_is_deleted_again_without_complaint(site: Site, host: Host) -> None:
    """Leave, DeleteEndpoint and ReleaseAddress may come twice."""
    calls = recording(host)
    host.container("one")
    host.docker("rm", "--force", "one")
    ends = [call for call in calls.calls if call.name in ("Leave", "DeleteEndpoint", "ReleaseAddress")]
    host.docker("run", "--detach", "--name=two", f"--network={NETWORK}", "probe")
    for call in ends:
        assert host.ask_plugin(f"{call.driver}.{call.name}", call.body)[0] == 200
    assert host.running("two")
    assert site.outside


def repaired(site: Site, host: Host) -> bool:
    """Whether nothing is left, once the host's own check has repaired what it found."""
    host.calicoctl("ipam", "check", "--repair")
    return leftovers.of(site) == []
