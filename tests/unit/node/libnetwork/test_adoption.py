"""No container sends a packet before it is known whose labels it has; and it is known as soon as the engine answers."""

import threading
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from calico_node.libnetwork.errors import Refused
from tests.unit.node.libnetwork.conftest import BACKEND, FRONTEND, World

EP1, EP2 = "1" * 64, "2" * 64
AWAY = Refused("the engine's API does not answer", 503)
COMPOSE = {"com.docker.compose.project": "shop", "com.docker.compose.service": "db", "org.projectcalico.label.a": "b"}


def stored(world: World, endpoint: str = EP1) -> Any:
    return next(document for key, document in world.endpoints().items() if key.endswith(endpoint))


def is_programmed(world: World, endpoint: str = EP1) -> bool:
    return "interfaceName" in stored(world, endpoint)["spec"]


def came_back(world: World, endpoint: str = EP1) -> None:
    """A container that the engine brings back before it answers."""
    world.engine.own(endpoint, "db-1", COMPOSE)
    world.engine.error = AWAY
    world.run(endpoint)


@pytest.fixture(autouse=True)
def _networks_are_known(world: World) -> None:
    world.networks.learn()


def test_an_endpoint_that_is_only_created_carries_nothing(world: World) -> None:
    world.create(EP1, v4=world.address())
    assert not is_programmed(world)
    assert "containerID" not in stored(world)["spec"]


def test_a_join_writes_interface_container_and_labels_at_once(world: World) -> None:
    world.engine.own(EP1, "db-1", COMPOSE, runs=False)
    world.create(EP1, v4=world.address())
    revision = world.store.revision
    world.join(EP1)
    assert world.store.revision == revision + 1
    spec, labels = stored(world)["spec"], stored(world)["metadata"]["labels"]
    assert spec["interfaceName"] == "cali11111111111"
    assert spec["containerID"] == world.engine.owners[EP1].identity
    assert labels == {
        "projectcalico.org/namespace": "libnetwork",
        "projectcalico.org/orchestrator": "libnetwork",
        "calico.docker/container": "db-1",
        "calico.docker/network": "frontend",
        "com.docker.compose.project": "shop",
        "com.docker.compose.service": "db",
        "a": "b",
    }


def test_a_second_network_of_a_container_has_the_same_labels(world: World) -> None:
    for endpoint, network in ((EP1, FRONTEND), (EP2, BACKEND)):
        world.engine.own(endpoint, "db-1", COMPOSE)
        world.run(endpoint, network)
    one, other = (stored(world, endpoint)["metadata"]["labels"] for endpoint in (EP1, EP2))
    assert other == one | {"calico.docker/network": "backend"}


def test_a_join_while_the_engine_is_silent_succeeds_and_carries_nothing(world: World) -> None:
    came_back(world)
    assert not is_programmed(world)
    assert world.agent.waits == []
    assert list(world.links.pairs) == ["cali11111111111"]


def test_it_is_adopted_as_soon_as_the_engine_answers(world: World) -> None:
    came_back(world)
    assert not world.adoption.adopt()
    assert not is_programmed(world)
    world.engine.error = None
    assert world.adoption.adopt()
    assert is_programmed(world)
    assert stored(world)["metadata"]["labels"]["com.docker.compose.service"] == "db"
    revision = world.store.revision
    assert world.adoption.adopt()
    assert world.store.revision == revision


def test_what_waits_is_adopted_by_itself(world: World) -> None:
    came_back(world)
    world.engine.error = None
    programmed = threading.Event()
    world.store.before_commit.append(programmed.set)
    threading.Thread(target=world.adoption.run, daemon=True).start()
    assert programmed.wait(10)


def test_while_one_waits_for_a_silent_engine_others_do_not_ask_it(world: World) -> None:
    came_back(world)
    world.clock.now += 1
    world.engine.joining = None  # type: ignore[method-assign, assignment]
    world.run(EP2)
    assert not is_programmed(world, EP2)


def test_a_new_engine_is_given_a_moment_only(world: World) -> None:
    world.call("Plugin.Activate")
    world.clock.now += 1
    world.run(EP1)
    assert not is_programmed(world)
    assert world.adoption.adopt()
    assert is_programmed(world)
    world.run(EP2)
    assert is_programmed(world, EP2)


def test_an_engine_that_does_not_know_the_container_yet_is_asked_again(world: World) -> None:
    world.create(EP1, v4=world.address())
    owner = world.engine.owners.pop(EP1)
    world.join(EP1)
    assert not world.adoption.adopt()
    assert not is_programmed(world)
    world.engine.own(EP1, owner.name)
    assert world.adoption.adopt()
    assert is_programmed(world)


def test_a_container_that_ran_before_labels_were_known_gets_them(world: World) -> None:
    """Written by an earlier release: with interface, without container; its traffic goes on meanwhile."""
    came_back(world)
    [(key, document)] = world.endpoints().items()
    document["spec"]["interfaceName"] = "cali11111111111"
    world.store.put(key, document)
    world.engine.error = None
    world.restart()
    assert world.adoption.adopt()
    assert stored(world)["metadata"]["labels"]["com.docker.compose.service"] == "db"


def test_an_endpoint_without_interface_is_nobodys(world: World) -> None:
    world.engine.own(EP1, "db-1")
    world.create(EP1, v4=world.address())
    assert world.adoption.adopt()
    assert not is_programmed(world)


def test_a_record_that_cannot_be_read_does_not_keep_others_waiting(world: World) -> None:
    came_back(world)
    [key] = world.endpoints()
    world.store.put(key.replace(EP1, EP2), b"{")
    world.engine.error = None
    assert world.adoption.adopt()
    world.store.delete(key.replace(EP1, EP2))
    assert is_programmed(world)


def test_without_store_it_is_tried_again(world: World) -> None:
    came_back(world)
    world.engine.error = None
    world.store.fail(1)
    assert not world.adoption.adopt()
    assert world.adoption.adopt()


def test_an_endpoint_that_others_write_meanwhile_keeps_what_they_wrote(world: World) -> None:
    came_back(world)
    world.engine.error = None
    key = next(iter(world.endpoints()))

    def published() -> None:
        document = world.endpoints()[key]
        document["spec"]["ports"] = [{"protocol": "TCP", "port": 80, "hostPort": 8080}]
        world.store.put(key, document)

    world.store.before_commit.append(published)
    assert world.adoption.adopt()
    assert is_programmed(world)
    assert stored(world)["spec"]["ports"][0]["hostPort"] == 8080


def test_an_endpoint_that_is_removed_meanwhile_is_not_written_again(world: World) -> None:
    world.create(EP1, v4=world.address())
    world.store.before_commit.append(lambda: world.store.delete(next(iter(world.endpoints()))))
    with pytest.raises(Refused, match="it has just been removed"):
        world.join(EP1)
    assert world.endpoints() == {}
    assert world.links.pairs == {}


def test_a_repeated_create_does_not_undo_a_join(world: World) -> None:
    address = world.address()
    world.create(EP1, v4=address)
    world.join(EP1)
    world.create(EP1, v4=address)
    assert is_programmed(world)


def test_a_join_that_cannot_be_written_fails(world: World) -> None:
    world.create(EP1, v4=world.address())
    joining = world.engine.joining
    world.engine.joining = lambda *asked: (world.store.fail(1), joining(*asked))[1]  # type: ignore[method-assign]
    with pytest.raises(store.StoreError):
        world.join(EP1)
    assert world.links.pairs == {}
