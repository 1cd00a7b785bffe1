"""Beside real Docker engines: their firewall neither stops what policy allows, nor is it touched."""

from __future__ import annotations

import pathlib

import pytest

from tests.coexistence import neighbours
from tests.coexistence.engines import VERSIONS, Engine
from tests.coexistence.neighbours import STORE, Neighbourhood
from tests.netns import traffic
from tests.netns.hosts import Host
from tests.netns.waiting import until
from tests.states import records, states

releases = pytest.mark.parametrize("release", VERSIONS, ids=VERSIONS.values())


@pytest.fixture
def engine(host: Host, release: str, tmp_path: pathlib.Path) -> Engine:
    # The engine sets FORWARD to DROP where it is the one that switches forwarding on.
    host.space.run("sysctl", "-qw", "net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0")
    return Engine(host.space, release, tmp_path)


@releases
def test_where_the_engine_was_first(host: Host, neighbourhood: Neighbourhood, engine: Engine, release: str) -> None:
    with engine:
        assert engine.version().startswith(VERSIONS[release])
        assert "-P FORWARD DROP" in host.space.run("iptables", "-S")
        engine.bridge("bridged")
        before = neighbourhood.foreign()
        host.apply(STORE)
        neighbourhood.check()
        assert neighbourhood.foreign() == before
        assert host.apply(STORE, resync=True).changes == []


@releases
def test_where_the_engine_comes_later(host: Host, neighbourhood: Neighbourhood, engine: Engine) -> None:
    host.apply(STORE)
    with engine:
        engine.bridge("bridged")
        # The engine may have set forwarding, which is ours too, and made chains; the agent looks now and then.
        host.apply(STORE, resync=True)
        neighbourhood.check()


@releases
def test_through_a_restart_of_the_engine(host: Host, neighbourhood: Neighbourhood, engine: Engine) -> None:
    with engine:
        host.apply(STORE)
        engine.stop()
        neighbourhood.check()
        engine.start()
        engine.bridge("bridged")
        neighbourhood.check()


@releases
def test_containers_on_the_engines_bridges_stay_its_business(
    host: Host, neighbourhood: Neighbourhood, engine: Engine
) -> None:
    with engine:
        place = neighbours.bridged(host, *engine.bridge("bridged"))
        outside = host.outside
        host.apply(
            [*STORE, records.policy("open", order=1, selector="all()", ingress=states.ALLOW, egress=states.ALLOW)]
        )
        with traffic.listening(place, 80), traffic.listening(neighbourhood.one, 80), traffic.listening(outside, 80):
            until(lambda: traffic.reaches(place, outside, 80, 4))
            assert traffic.reaches(place, neighbourhood.one, 80, 4)
            # Our policy lets it out; into its bridge the engine lets nobody.
            assert not traffic.reaches(neighbourhood.one, place, 80, 4)
        host.apply(STORE)
        with traffic.listening(neighbourhood.one, 80):
            assert not traffic.reaches(place, neighbourhood.one, 80, 4)
