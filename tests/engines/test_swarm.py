"""Services of a swarm on networks of the driver, by the plugin that the image brings."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from tests.netns import traffic
from tests.netns.traffic import Place
from tests.netns.waiting import until

from .hosts import NETWORK, Host

PLUGIN = "/usr/lib/calico/swarm"
DRIVER = "calico-swarm:latest"
# Every host has it, and the look into a registry of this name fails at once.
IMAGE = "localhost:1/probe"
SHOP = "shop"
TASKS = ("ps", "--quiet", "--filter=label=com.docker.swarm.service.name")


@pytest.fixture
def manager(host: Host, other: Host) -> Iterator[Host]:
    """Both hosts are nodes of a swarm that may use a network."""
    for node in (host, other):
        node.docker("plugin", "create", "calico-swarm", PLUGIN)
        node.docker("plugin", "enable", "calico-swarm")
        node.docker("tag", "probe", IMAGE)
    host.docker("swarm", "init", "--advertise-addr=192.0.2.1")
    token = host.docker("swarm", "join-token", "--quiet", "worker")
    other.docker("swarm", "join", f"--token={token}", "192.0.2.1:2377")
    for node in (host, other):
        node.docker("network", "create", "--config-only", f"--ipam-driver={DRIVER}", "--ipv6", f"{SHOP}.config")
    scope = ("--scope=swarm", "--attachable", f"--driver={DRIVER}")
    host.docker("network", "create", *scope, f"--config-from={SHOP}.config", SHOP)
    yield host
    if services := host.docker("service", "ls", "--quiet").split():
        host.docker("service", "rm", *services)
    for node in (host, other):
        until(functools.partial(node.docker, *TASKS), lambda listed: listed == "", seconds=30)
    for node in (other, host):
        node.docker("swarm", "leave", "--force")
        node.docker("plugin", "rm", "--force", "calico-swarm")
        node.docker("image", "rm", IMAGE)


def start(manager: Host, name: str, network: str) -> None:
    """A service with one task on each node."""
    options = ("--detach", "--no-resolve-image", "--mode=global", f"--network={network}")
    manager.docker("service", "create", *options, f"--name={name}", IMAGE)


def task(node: Host, service: str) -> Place:
    """Where the service's container of a node is."""
    return node.place(until(lambda: node.docker(*TASKS, f"--filter=name={service}"), seconds=60), SHOP)


def test_tasks_on_two_hosts_reach_each_other_and_no_other_network(manager: Host, other: Host) -> None:
    start(manager, "web", SHOP)
    stranger = manager.container("stranger", network=NETWORK)
    one, two = task(manager, "web"), task(other, "web")
    for version in (4, 6):
        for source, target in ((one, two), (two, one)):
            until(functools.partial(traffic.reaches, source, target, 80, version))
        assert not traffic.reaches(stranger, two, 80, version)


def test_a_service_comes_back_with_its_engine(manager: Host, other: Host) -> None:
    start(manager, "web", SHOP)
    task(other, "web")
    other.restart_engine()
    one, two = task(manager, "web"), task(other, "web")
    for version in (4, 6):
        until(functools.partial(traffic.reaches, one, two, 80, version))


def test_a_network_of_a_swarm_without_settings_is_refused_with_what_to_do(manager: Host) -> None:
    manager.docker("network", "create", "--scope=swarm", f"--driver={DRIVER}", "bare")
    start(manager, "web", "bare")
    words = ("service", "ps", "--no-trunc", "--format={{.Error}}", "web")
    until(lambda: manager.docker(*words), lambda said: "--config-from" in said, seconds=30)
    manager.docker("service", "rm", "web")
    until(lambda: manager.attempt("network", "rm", "bare").returncode == 0, seconds=30)
