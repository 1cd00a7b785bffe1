"""Beside firewalld and ufw, each with a Docker engine as hosts have them."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from tests.coexistence import firewalls
from tests.coexistence.engines import Engine
from tests.coexistence.neighbours import STORE, Neighbourhood
from tests.netns.hosts import Host


@pytest.fixture
def engine(host: Host, tmp_path: pathlib.Path) -> Engine:
    return Engine(host.space, "trixie", tmp_path)


@pytest.fixture
def with_firewalld(host: Host, tmp_path: pathlib.Path) -> Iterator[None]:
    with firewalls.firewalld(host, tmp_path / "firewalld.log"):
        yield


@pytest.mark.usefixtures("with_firewalld")
def test_firewalld_leaves_the_containers_to_us_once_it_is_told(
    host: Host, neighbourhood: Neighbourhood, engine: Engine
) -> None:
    with firewalls.told(host), engine:
        before = host.space.run("nft", "-s", "list", "table", "inet", "firewalld")
        host.apply(STORE)
        neighbourhood.check()
        assert host.space.run("nft", "-s", "list", "table", "inet", "firewalld") == before


@pytest.mark.usefixtures("with_firewalld")
def test_firewalld_may_reload(host: Host, neighbourhood: Neighbourhood, engine: Engine) -> None:
    with engine, firewalls.told(host):
        host.apply(STORE)
        firewalls.reload(host)
        neighbourhood.check()


@pytest.mark.usefixtures("with_firewalld")
def test_without_the_roles_files_firewalld_rejects_what_policy_allows(
    host: Host, neighbourhood: Neighbourhood, engine: Engine
) -> None:
    """Why role node has them."""
    with engine:
        host.apply(STORE)
        assert not any(neighbourhood.flows(4).values())


@pytest.mark.parametrize("first", ["engine", "ufw"])
def test_ufw_that_denies_forwarding(host: Host, neighbourhood: Neighbourhood, engine: Engine, first: str) -> None:
    if first == "ufw":
        firewalls.ufw(host, "enable")
    with engine:
        if first == "engine":
            firewalls.ufw(host, "enable")
        assert "-P FORWARD DROP" in host.space.run("iptables", "-S")
        before = neighbourhood.foreign()
        host.apply(STORE)
        neighbourhood.check()
        assert neighbourhood.foreign() == before
        firewalls.ufw(host, "reload")
        neighbourhood.check()
    firewalls.ufw(host, "disable")
