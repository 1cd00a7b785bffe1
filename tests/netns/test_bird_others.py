"""Routers that are not BIRD: FRR and GoBGP, configured as a network team would, with passwords, BFD and limits."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from . import routers
from .frrs import Frr
from .gobgps import GoBgp
from .routers import Rack
from .waiting import until

PASSWORD = "of-the-rack's-switch"
SECRET = {"password": {"secretKeyRef": {"name": "bgp", "key": "tor"}}}
KNOWN = {"bgp": {"tor": PASSWORD}}
BLOCKS = ["10.65.0.0/26", "fd65::/122"]
FRR = """
frr defaults datacenter
hostname tor
router bgp 64513
 bgp router-id 172.31.1.200
 no bgp ebgp-requires-policy
 no bgp network import-check
 no bgp default ipv4-unicast
 neighbor 172.31.1.11 remote-as 64512
 neighbor 172.31.1.11 timers connect 1
 neighbor fd31::11 remote-as 64512
 neighbor fd31::11 timers connect 1
{options}
 address-family ipv4 unicast
  network 192.0.2.0/24
  neighbor 172.31.1.11 activate
{limit4}
 exit-address-family
 address-family ipv6 unicast
  network 2001:db8:2::/48
  neighbor fd31::11 activate
 exit-address-family
exit
"""
GOBGP = """
[global.config]
  as = 64513
  router-id = "172.31.1.200"
"""
GOBGP_NEIGHBOUR = """
[[neighbors]]
  [neighbors.config]
    neighbor-address = "{address}"
    peer-as = 64512
    auth-password = "{password}"
  [neighbors.timers.config]
    connect-retry = 1
    idle-hold-time-after-reset = 1
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "{family}"
"""


@pytest.fixture
def rack(tmp_path: pathlib.Path) -> Iterator[Rack]:
    with routers.rack(tmp_path) as made:
        yield made


@pytest.fixture
def frr(rack: Rack, tmp_path: pathlib.Path) -> Frr:
    return Frr(rack.world, rack.neighbour(200), tmp_path / "frr")


@pytest.fixture
def gobgp(rack: Rack, tmp_path: pathlib.Path) -> GoBgp:
    return GoBgp(rack.world, rack.neighbour(200), tmp_path / "gobgp")


def frr_options(*words: str) -> str:
    return "\n".join(f" neighbor {address} {word}" for address in ("172.31.1.11", "fd31::11") for word in words)


def gobgp_with(password: str) -> str:
    """A configuration with both addresses of the host as neighbours."""
    neighbours = (("172.31.1.11", "ipv4-unicast"), ("fd31::11", "ipv6-unicast"))
    return GOBGP + "".join(
        GOBGP_NEIGHBOUR.format(address=address, password=password, family=family) for address, family in neighbours
    )


def configure(rack: Rack, annotations: dict[str, str] | None = None, **spec: Any) -> None:
    peers = routers.peers(200, annotations, **spec)
    rack.configure(*peers, passwords=KNOWN, affinities={routers.HOST: BLOCKS})


def arrived(rack: Rack) -> None:
    for destination in ("192.0.2.0/24", "2001:db8:2::/48"):
        until(lambda wanted=destination: rack.host.route(wanted), seconds=30)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        pytest.param(["bfd"], {}, id="neighbours on the link"),
        # FRR's BFD is that of several hops as soon as TTL security is on; ours is with two hops or more.
        pytest.param(["bfd", "ttl-security hops 1"], {"ttlSecurity": 2}, id="with TTL security"),
    ],
)
def test_frr_with_password_and_bfd(theirs: list[str], ours: dict[str, Any], rack: Rack, frr: Frr) -> None:
    frr.start(FRR.format(options=frr_options(f"password {PASSWORD}", *theirs), limit4=""))
    configure(rack, {"calico.docker/bfd-interval": "300ms"}, **ours, **SECRET)
    arrived(rack)
    until(frr.established, lambda count: count == 2)
    until(lambda: [peer["status"] for peer in frr.ask("show", "bfd", "peers")], lambda found: found == ["up", "up"])
    assert rack.host.bird.ask("show bfd sessions").count(" Up ") == 2
    rib = until(lambda: frr.ask("show", "bgp", "ipv4", "unicast")["routes"], lambda found: BLOCKS[0] in found)
    assert rib[BLOCKS[0]][0]["nexthops"][0]["ip"] == "172.31.1.11"


def test_frrs_limit_of_prefixes_is_told(rack: Rack, frr: Frr, tmp_path: pathlib.Path) -> None:
    frr.start(FRR.format(options="", limit4="  neighbor 172.31.1.11 maximum-prefix 1"))
    peers = routers.peers(200)
    rack.configure(*peers, affinities={routers.HOST: [*BLOCKS, "10.65.0.64/26"]})
    words = "the peer's limit of prefixes is reached: raise it there"
    until(lambda: routers.node_status(rack, tmp_path / "none"), lambda text: words in text, seconds=30)


def test_frr_that_does_not_know_the_host_is_told(rack: Rack, frr: Frr, tmp_path: pathlib.Path) -> None:
    frr.start("router bgp 64513\n bgp router-id 172.31.1.200\nexit\n")
    configure(rack)
    until(
        lambda: routers.node_status(rack, tmp_path / "none"),
        lambda text: "does it know this host as a neighbour?" in text,
        seconds=30,
    )


def test_frr_as_a_route_reflector_of_hosts(rack: Rack, frr: Frr) -> None:
    """iBGP with a switch: one AS, the reflector keeps next hops."""
    text = FRR.format(options="", limit4="  neighbor 172.31.1.11 route-reflector-client")
    frr.start(text.replace("router bgp 64513", "router bgp 64512"))
    configure(rack, asNumber=64512)
    arrived(rack)
    found = until(lambda: frr.ask("show", "bgp", "ipv4", "unicast")["routes"], lambda found: BLOCKS[0] in found)
    assert found[BLOCKS[0]][0]["pathFrom"] == "internal"


def test_gobgp_with_password(rack: Rack, gobgp: GoBgp) -> None:
    gobgp.start(gobgp_with(PASSWORD))
    gobgp.announce("192.0.2.0/24", "2001:db8:2::/48")
    configure(rack, **SECRET)
    arrived(rack)
    assert gobgp.established() == 2
    for block in BLOCKS:
        until(lambda wanted=block: gobgp.paths(wanted))
