"""What is known of networks: from the engine, and from disk while the engine does not answer."""

import concurrent.futures
import dataclasses
import ipaddress
import threading
from typing import Any

import pytest

from calico_node.libnetwork import engine, networks
from calico_node.libnetwork.errors import Refused
from tests.fakes import docker
from tests.unit.node.libnetwork.conftest import BACKEND, FRONTEND, World

POOL = {"AddressSpace": "CalicoLocalAddressSpace"}
EP1, EP2 = "1" * 64, "2" * 64
FULL = engine.Network(
    FRONTEND,
    "frontend",
    "calico",
    {},
    internal=True,
    options={"com.docker.network.driver.mtu": "8950"},
    labels={"org.projectcalico.label.team": "shop"},
    subnets=(ipaddress.ip_network("10.65.0.0/25"), ipaddress.ip_network("fd65::/120")),
)


def say(world: World, identity: str = FRONTEND, **changes: Any) -> None:
    """The engine says this of a network."""
    world.engine.known[identity] = dataclasses.replace(world.engine.known[identity], **changes)


def silence(world: World) -> None:
    world.engine.error = Refused("the engine's API does not answer", 503)


def test_all_that_is_known_of_a_network_outlives_process_and_engine(world: World) -> None:
    world.engine.known[FRONTEND] = FULL
    before = world.networks.of(FRONTEND)
    assert before == networks.Record(
        name="frontend", internal=True, options=FULL.options, labels=FULL.labels, subnets=FULL.subnets
    )
    world.restart()
    silence(world)
    assert world.networks.of(FRONTEND) == before


def test_an_engine_that_starts_and_does_not_answer_yet_gets_its_containers_back(world: World) -> None:
    world.create(EP1, v4=world.address())
    silence(world)
    world.restart()
    world.create(EP2, v4=world.address())
    assert len(world.endpoints()) == 2


def test_a_network_without_containers_is_known_when_the_engine_starts(world: World) -> None:
    world.engine.known["d" * 64] = engine.Network("d" * 64, "docker0", "bridge", {})
    world.networks.learn()
    silence(world)
    world.create(EP1, BACKEND, v4=world.address())
    assert kept(world) == [BACKEND, FRONTEND]


def test_a_network_of_the_driver_beside_swarm_is_known_too(world: World) -> None:
    say(world, driver="calico-swarm:latest")
    world.networks.learn()
    silence(world)
    assert world.networks.of(FRONTEND).name == "frontend"


def test_a_removed_network_is_forgotten(world: World) -> None:
    world.create(EP1, v4=world.address())
    world.network("DeleteNetwork", NetworkID=FRONTEND)
    del world.engine.known[FRONTEND]
    with pytest.raises(Refused, match="does not know network"):
        world.create(EP2, v4=world.address())


def kept(world: World) -> list[str]:
    return sorted(path.name for path in world.state.iterdir())


def test_a_network_whose_removal_nobody_told_is_forgotten_with_its_subnets(world: World) -> None:
    world.engine.known[FRONTEND] = FULL
    world.networks.learn()
    world.state.joinpath("a" * 64).write_text("of-an-earlier-version")
    del world.engine.known[FRONTEND]
    world.networks.learn()
    assert kept(world) == [BACKEND]
    assert world.networks.subnets() == ()
    with pytest.raises(Refused, match="does not know network"):
        world.networks.of(FRONTEND)


def test_an_engine_that_does_not_answer_forgets_no_network(world: World) -> None:
    world.networks.learn()
    silence(world)
    with pytest.raises(Refused):
        world.networks.learn()
    assert kept(world) == [BACKEND, FRONTEND]


def test_a_network_that_is_made_while_the_engine_lists_them_is_not_forgotten(world: World) -> None:
    made, subnet = "c" * 64, ipaddress.ip_network("10.66.0.0/24")

    class Busy(docker.FakeEngine):
        """Makes a network, with a container, when it has looked what to list."""

        def networks(self) -> tuple[engine.Network, ...]:
            listed = super().networks()
            world.network("CreateNetwork", NetworkID=made, IPv4Data=[POOL | {"Pool": str(subnet)}])
            self.known[made] = engine.Network(made, "new", "calico", {}, subnets=(subnet,))
            world.create(EP1, made, v4=world.address())
            return listed

    world.engine = Busy({FRONTEND: "frontend"})
    world.restart()
    world.networks.learn()
    assert kept(world) == [made, FRONTEND]
    assert world.networks.subnets() == (subnet,)


def test_a_network_that_the_engine_does_not_list_yet_is_not_forgotten(world: World) -> None:
    subnet = ipaddress.ip_network("10.66.0.0/24")
    world.networks.announce("c" * 64, (subnet,))
    world.networks.learn()
    assert world.networks.subnets() == (subnet,)


def test_subnets_are_those_of_all_networks_but_one(world: World) -> None:
    assert world.networks.subnets() == ()
    world.engine.known[FRONTEND] = FULL
    world.networks.learn()
    world.networks.announce("c" * 64, (ipaddress.ip_network("10.66.0.0/24"),))
    assert set(world.networks.subnets()) == {*FULL.subnets, ipaddress.ip_network("10.66.0.0/24")}
    assert set(world.networks.subnets(beside="c" * 64)) == set(FULL.subnets)
    assert world.networks.subnets(beside=FRONTEND) == (ipaddress.ip_network("10.66.0.0/24"),)
    world.networks.forget("c" * 64)
    world.networks.forget(FRONTEND)
    assert world.networks.subnets() == ()


def test_what_cannot_be_kept_does_not_stop_a_container(world: World) -> None:
    world.state.write_text("no directory")
    world.create(EP1, v4=world.address())
    assert len(world.endpoints()) == 1


def test_a_network_whose_first_containers_come_together_is_kept_once_and_for_all(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    count = 8
    together = threading.Barrier(count)

    class Busy(docker.FakeEngine):
        """Answers when all have asked."""

        def network(self, identity: str) -> engine.Network:
            together.wait(timeout=5)
            return super().network(identity)

    world.engine = Busy({FRONTEND: "frontend"})
    world.restart()
    with concurrent.futures.ThreadPoolExecutor(count) as threads:
        found = [*threads.map(world.networks.of, [FRONTEND] * count)]
    world.restart()
    silence(world)
    assert [world.networks.of(FRONTEND)] * count == found
    assert kept(world) == [FRONTEND]
    assert caplog.messages == []


@pytest.mark.parametrize("name", ["frontend", "123", "true", '"x"'])
def test_the_name_that_an_earlier_version_kept_is_enough_and_completed_when_the_engine_answers(
    world: World, name: str
) -> None:
    world.state.mkdir()
    (world.state / FRONTEND).write_text(name)
    silence(world)
    assert world.networks.of(FRONTEND) == networks.Record(name=name)
    world.engine.error = None
    world.engine.known[FRONTEND] = FULL
    world.networks.learn()
    silence(world)
    assert world.networks.of(FRONTEND).subnets == FULL.subnets


@pytest.mark.parametrize("text", [b"", b"{", b'{"Name": 7}', b"\xff", b'{"Name": "x", "Subnets": ["y"]}'])
def test_a_record_that_cannot_be_read_is_asked_for_again(world: World, text: bytes) -> None:
    world.state.mkdir()
    (world.state / FRONTEND).write_bytes(text)
    assert world.networks.of(FRONTEND).name == "frontend"
