"""Pools that become tunnelled, and back, under containers that run."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator

import pytest

from tests.netns import traffic
from tests.netns.traffic import Place
from tests.netns.waiting import until

from .hosts import Host
from .sites import POOLS, Site

DEVICES = {4: "vxlan.calico", 6: "vxlan-v6.calico"}


@pytest.fixture
def tunnelled(site: Site, host: Host, other: Host) -> Iterator[Site]:
    """The site with tunnels to every host; afterwards without."""
    set_mode(site, "Always")
    yield site
    set_mode(site, "Never")
    for one in (host, other):
        until(lambda space=one.machine.space: not space.succeeds("ip", "link", "show", DEVICES[4]))


def set_mode(site: Site, mode: str) -> None:
    for name, cidr in POOLS.items():
        site.put("IPPool", name, {"cidr": cidr, "vxlanMode": mode})


def sent(host: Host, version: int) -> int:
    (link,) = json.loads(host.machine.space.run("ip", "-json", "-statistics", "link", "show", DEVICES[version]))
    return int(link["stats64"]["tx"]["packets"])


@pytest.mark.parametrize("version", [4, 6])
def test_containers_reach_each_other_through_the_tunnel(tunnelled: Site, host: Host, other: Host, version: int) -> None:
    del tunnelled
    one, two = host.container("one"), other.container("two")
    for one_of in (host, other):
        until(functools.partial(one_of.machine.space.succeeds, "ip", "link", "show", DEVICES[version]))
    until(lambda: leads_through(host, two, version))
    until(lambda: leads_through(other, one, version))
    before = sent(host, version)
    assert traffic.reaches(one, two, 80, version)
    assert sent(host, version) > before


def leads_through(host: Host, target: Place, version: int) -> bool:
    """Whether a packet to a container goes into the tunnel."""
    return f" dev {DEVICES[version]} " in host.machine.space.run("ip", "route", "get", target.addresses[version])


def test_without_a_tunnel_again_bird_leads_there(site: Site, host: Host, other: Host) -> None:
    one, two = host.container("one"), other.container("two")
    for mode in ("Always", "Never"):
        set_mode(site, mode)
        for version in (4, 6):
            until(lambda wanted=mode == "Always", version=version: leads_through(host, two, version) is wanted)
            until(functools.partial(traffic.reaches, one, two, 80, version))
    for one_of in (host, other):
        until(lambda space=one_of.machine.space: not space.succeeds("ip", "link", "show", DEVICES[4]))
