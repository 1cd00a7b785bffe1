"""``calicoctl ipam check`` against a store and an engine that do or do not agree."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model.ipam import keys
from tests.fakes import peers
from tests.unit.node.cli.terminal import Terminal
from tests.unit.node.ipam.audited import World
from tests.unit.node.ipam.world import allocator, handles

NODE = {"NODENAME": "host1", "ETCD_ENDPOINTS": "http://127.0.0.1:2379"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def on_host1(world: World, tmp_path: pathlib.Path) -> Terminal:
    """calicoctl on host1, whose settings name the node."""
    return Terminal(tmp_path, world.store, world.clock, NODE)


@contextlib.contextmanager
def docker(directory: pathlib.Path, world: World, driver: str = "calico") -> Iterator[None]:
    """The engine's API, with the containers of host1 on a network of a driver."""

    def answer(_method: str, path: str, _body: Any) -> peers.Answer:
        here = {name: addresses for name, (node, addresses) in world.containers.items() if node == "host1"}
        containers = {
            name: {"EndpointID": name, "IPv4Address": f"{addresses[0]}/32", "IPv6Address": ""}
            for name, addresses in here.items()
        }
        network = {"Id": "n1", "Name": "frontend", "Driver": driver, "Containers": containers}
        none = {"Id": "n0", "Name": "none", "Driver": "null"}
        return 200, [none, network] if path == "/networks" else none if path == "/networks/n0" else network

    with peers.listening(directory / "docker.sock", answer):
        yield


def test_books_in_order_are_0(world: World, on_host1: Terminal) -> None:
    world.start()
    with docker(on_host1.directory, world):
        result = on_host1.run("ipam", "check")
    assert (result.code, result.errors) == (0, "")
    assert result.output == "Blocks, handles, affinities and endpoints agree.\n"


def test_what_is_wrong_is_a_table_and_1_and_nothing_is_written(world: World, on_host1: Terminal) -> None:
    [lost], [kept] = world.start(), world.start()
    world.store.delete(world.endpoint_key(lost))
    world.containers.pop(min(world.containers))
    world.clock.now += 200
    commits = world.store.commits
    with docker(on_host1.directory, world):
        result = on_host1.run("ipam", "check")
    assert result.code == 1
    assert result.output.splitlines()[0].split() == ["KIND", "WHAT", "WHY"]
    assert result.output.splitlines()[1].startswith(f"leaked   {lost}")
    assert str(kept) not in result.output
    assert "1 wrong; --repair puts right what is safe to" in result.errors
    assert world.store.commits == commits


def test_repair_puts_right_what_is_safe_and_says_what_is_not(world: World, on_host1: Terminal) -> None:
    [lost], [double] = world.start(), world.start()
    world.store.delete(world.endpoint_key(lost))
    world.containers = {"f" * 64: ("host2", (double,)), max(world.containers): ("host1", (double,))}
    world.publish("f" * 64)
    world.store.put(keys.handle("h1"), {"block": {}, "deleted": False})
    world.store.put(keys.handle("h2"), {"block": {"10.65.0.0/30": 1}, "deleted": False})
    world.clock.now += 200
    with docker(on_host1.directory, world):
        result = on_host1.run("ipam", "check", "--repair")
    assert result.code == 1
    assert f"repaired: leaked {lost}\n" in result.output
    assert "repaired: handle h2\n" in result.output
    assert "1 of them stay: a person must decide" in result.errors
    assert result.output.splitlines()[-1].startswith(f"double   {double}")
    assert not {keys.handle("h1"), keys.handle("h2")} & handles(world.store).keys()
    assert allocator(world.store, clock=world.clock).holding(lost) is None
    assert allocator(world.store, clock=world.clock).holding(double)


@pytest.mark.parametrize(
    "environ", [pytest.param(NODE, id="Docker is down"), pytest.param({**NODE, "NODENAME": ""}, id="not on a host")]
)
def test_without_dockers_word_no_address_is_freed(world: World, on_host1: Terminal, environ: dict[str, str]) -> None:
    [lost] = world.start()
    world.store.delete(world.endpoint_key(lost))
    world.clock.now += 200
    on_host1.environ = environ
    result = on_host1.run("ipam", "check", "--repair")
    assert result.code == 1
    assert "Docker was not asked" in result.output
    assert "no address will be freed" in result.errors
    assert allocator(world.store, clock=world.clock).holding(lost)


@pytest.mark.parametrize(
    ("driver", "missed"),
    [
        pytest.param("calico", True, id="calico"),
        pytest.param("calico-swarm:latest", True, id="calico beside swarm"),
        pytest.param("bridge", False, id="another driver"),
    ],
)
def test_an_address_that_only_docker_knows_of_is_missed(
    world: World, on_host1: Terminal, driver: str, *, missed: bool
) -> None:
    [address] = world.start()
    world.store.delete(world.endpoint_key(address))
    assert allocator(world.store, clock=world.clock).release(address)
    with docker(on_host1.directory, world, driver):
        result = on_host1.run("ipam", "check")
    assert (result.code, str(address) in result.output) == (int(missed), missed)


def test_repair_is_for_check_only(on_host1: Terminal) -> None:
    result = on_host1.run("ipam", "show", "--repair")
    assert result.code == 1
    assert "--repair belongs to: calicoctl ipam check" in result.errors
