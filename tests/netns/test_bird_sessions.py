"""Options of sessions with real routers: what both ends must agree on, and that a change disturbs nobody else."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from . import routers
from .birds import Bird
from .routers import Rack
from .waiting import until

SECRET = {"secretKeyRef": {"name": "bgp", "key": "tor"}}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rack]:
    with routers.rack(tmp_path_factory.mktemp("sessions"), 253, 254) as rack:
        yield rack


@pytest.fixture
def rack(made: Rack) -> Rack:
    """Without sessions, as in the beginning."""
    made.clear()
    return made


@pytest.mark.parametrize(
    ("spec", "more", "changed"),
    [
        pytest.param({"asNumber": 64999}, {}, {"as_number": 64999}, id="AS number"),
        pytest.param({"localASNumber": 64998}, {}, {"host_as": 64998}, id="local AS number"),
        pytest.param(
            {"password": SECRET}, {"passwords": {"bgp": {"tor": "one"}}}, {"options": routers.md5("one")}, id="password"
        ),
        pytest.param({"ttlSecurity": 1}, {}, {"options": "ttl security on; multihop 1;"}, id="TTL security"),
        pytest.param({"keepaliveTime": "5s", "maxRestartTime": "33s"}, {}, {}, id="timers"),
        pytest.param({"sourceAddress": "None"}, {}, {}, id="source address"),
    ],
)
def test_a_change_of_one_session_leaves_the_others_connections(
    spec: dict[str, Any], more: dict[str, Any], changed: dict[str, Any], rack: Rack
) -> None:
    rack.configure(*routers.peers(253), *routers.peers(254))
    routers.established(rack, 253, 254)
    before = {number: rack.connections_with(number) for number in (253, 254)}
    rack.routers[254].configure(**changed)
    rack.configure(*routers.peers(253), *routers.peers(254, **spec), **more)
    until(lambda: rack.connections_with(254).isdisjoint(before[254]) or None)
    routers.established(rack, 253, 254)
    assert rack.connections_with(253) == before[253]


def test_a_password_that_changes_renews_its_sessions_only(rack: Rack) -> None:
    for number in (253, 254):
        rack.routers[number].configure(options=routers.md5(f"of {number}"))
    rack_peers = [
        *routers.peers(253, password={"secretKeyRef": {"name": "bgp", "key": "b"}}),
        *routers.peers(254, password=SECRET),
    ]
    rack.configure(*rack_peers, passwords={"bgp": {"b": "of 253", "tor": "of 254"}})
    routers.established(rack, 253, 254)
    before = rack.connections_with(253)
    rack.routers[254].configure(options=routers.md5("new"))
    rack.configure(*rack_peers, passwords={"bgp": {"b": "of 253", "tor": "new"}})
    until(lambda: rack.session(254) not in rack.host.bird.established())
    routers.established(rack, 253, 254)
    assert rack.connections_with(253) == before


BFD = {"calico.docker/bfd-interval": "300ms"}


@pytest.mark.parametrize(
    ("annotations", "spec", "more"),
    [
        pytest.param({}, {"nextHopMode": "Self"}, {}, id="next hop mode"),
        pytest.param({"calico.docker/import-limit": "1000"}, {}, {}, id="import limit"),
        pytest.param({**BFD}, {"ttlSecurity": 2}, {}, id="BFD"),
        pytest.param({}, {}, {"affinities": {routers.HOST: ["10.65.0.0/26"]}}, id="a block"),
    ],
)
def test_what_renews_no_session_at_all(
    annotations: dict[str, str], spec: dict[str, Any], more: dict[str, Any], rack: Rack
) -> None:
    """Even of the session itself. BFD of neighbours changes the session's kind too, so here it is that of hops."""
    same = {"ttlSecurity": 2} if annotations == BFD else {}
    for router in rack.routers.values():
        router.configure(options="ttl security on; multihop 2;" if same else "")
    rack.configure(*routers.peers(253, **same), *routers.peers(254, **same))
    routers.established(rack, 253, 254)
    before = rack.connections()
    rack.configure(*routers.peers(253, **same), *routers.peers(254, annotations, **spec), **more)
    told = rack.host.bird.ask("show bfd sessions") if annotations == BFD else "254"
    assert "254" in told
    routers.established(rack, 253, 254)
    assert rack.connections() == before


def test_a_filter_that_changes_renews_no_session_and_decides_anew(rack: Rack) -> None:
    rack.routers[254].configure("192.0.2.0/24", "198.51.100.0/24")
    rack.configure(*routers.peers(253), *routers.peers(254))
    until(lambda: rack.host.route("192.0.2.0/24") and rack.host.route("198.51.100.0/24"))
    routers.established(rack, 253, 254)
    before = rack.connections()
    only = {"cidr": "192.0.2.0/24", "matchOperator": "NotEqual", "action": "Reject"}
    for rules in ([only], [{**only, "matchOperator": "Equal"}]):
        bgp_filter = {"kind": "BGPFilter", "metadata": {"name": "some"}, "spec": {"importV4": rules}}
        rack.configure(bgp_filter, *routers.peers(253), *routers.peers(254, filters=["some"]))
        kept, dropped = ("192.0.2.0/24", "198.51.100.0/24")[:: 1 if rules == [only] else -1]
        until(lambda kept=kept, dropped=dropped: rack.host.route(kept) and not rack.host.route(dropped))
    assert rack.connections() == before


def test_two_uplinks_share_the_load_and_bfd_finds_the_one_that_is_silent(rack: Rack) -> None:
    annotations = {"calico.docker/bfd-interval": "50ms"}
    for router in rack.routers.values():
        router.configure("192.0.2.0/24", "2001:db8:2::/48", options="direct; bfd { interval 50 ms; };")
    rack.configure(*routers.peers(253, annotations), *routers.peers(254, annotations))
    routers.established(rack, 253, 254)
    for destination in ("192.0.2.0/24", "2001:db8:2::/48"):
        until(lambda wanted=destination: len((rack.host.route(wanted) or {}).get("nexthops", ())) == 2)
    until(lambda: rack.host.bird.ask("show bfd sessions").count(" Up ") == 4)
    rack.cut(254)
    for destination in ("192.0.2.0/24", "2001:db8:2::/48"):
        # Without BFD it would be the hold time of 240 s.
        until(lambda wanted=destination: "gateway" in (rack.host.route(wanted) or {}), seconds=10)
    routers.established(rack, 253)


def test_routes_of_a_host_that_stays_away_are_a_last_resort(rack: Rack) -> None:
    """After the restart time, marked as such (RFC 9494); the router keeps them as long as the host asked for."""
    annotations = {"calico.docker/long-lived-stale-time": "60s"}
    rack.configure(
        *routers.peers(254, annotations, maxRestartTime="1s"), affinities={routers.HOST: ["10.65.0.0/26", "fd65::/122"]}
    )
    routers.established(rack, 254)
    for block in ("10.65.0.0/26", "fd65::/122"):
        until(lambda wanted=block: rack.routers[254].route(wanted))
    rack.host.bird.kill()
    for block in ("10.65.0.0/26", "fd65::/122"):
        until(lambda wanted=block: "(65535,6)" in rack.routers[254].route(wanted))
    rack.host.bird.start()
    for block in ("10.65.0.0/26", "fd65::/122"):
        until(
            lambda wanted=block: rack.routers[254].route(wanted),
            lambda text: text and "(65535,6)" not in text,
            seconds=40,
        )


def test_the_own_as_number_in_a_path_is_accepted_as_often_as_allowed(rack: Rack) -> None:
    rack.routers[254].configure("192.0.2.0/24", tell="bgp_path.prepend(64512);")
    rack.configure(*routers.peers(254))
    routers.established(rack, 254)
    until(lambda: rack.routers[254].bird.ask("show protocols all host4"), lambda text: "1 exported" in text)
    assert rack.host.route("192.0.2.0/24") is None
    rack.configure(*routers.peers(254, numAllowedLocalASNumbers=1))
    until(lambda: rack.host.route("192.0.2.0/24"))


def test_a_peer_behind_a_gateway(rack: Rack, tmp_path: pathlib.Path) -> None:
    """The gateway is a router of the rack; the host has no other way to the peer."""
    far = rack.world.space("far")
    rack.world.cable(rack.routers[254].bird.space, "uplink", far, "eth0")
    rack.routers[254].bird.space.address("uplink", "203.0.113.1/24")
    far.address("eth0", "203.0.113.2/24")
    far.ip("route add default via 203.0.113.1")
    bird = Bird(rack.world, far, tmp_path / "far")
    bird.driver.apply(
        "log stderr all; router id 203.0.113.2; protocol device { }"
        "protocol bgp host4 { local as 64513; neighbor 172.31.1.11 as 64512; multihop;"
        " connect delay time 1; connect retry time 1; ipv4 { import all; export none; }; }"
    )
    bird.start()
    spec = {"peerIP": "203.0.113.2", "asNumber": 64513, "reachableBy": "172.31.1.254"}
    rack.configure({"kind": "BGPPeer", "metadata": {"name": "far"}, "spec": spec})
    until(rack.host.bird.established, lambda found: found == ["glob4_203_0_113_2"])
    route = until(lambda: rack.host.route("203.0.113.2/32"))
    assert route["gateway"] == "172.31.1.254"
    rack.configure()
    until(lambda: rack.host.route("203.0.113.2/32") is None)
