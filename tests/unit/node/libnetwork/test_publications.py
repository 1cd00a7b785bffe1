"""Publishing ports as the engine asks for it: what is written, what is refused, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import profiles
from calico_node.ipam import errors as ipam_errors
from calico_node.libnetwork import endpoints
from calico_node.libnetwork.errors import Late, Refused
from tests.unit.node.libnetwork.conftest import BACKEND, FRONTEND, World
from tests.unit.node.libnetwork.test_published import UDP, binding, options

EP1, EP2 = "1" * 64, "2" * 64
SANDBOXES = {EP1: "/var/run/docker/netns/1", EP2: "/var/run/docker/netns/2"}


def run(
    world: World, endpoint: str, *bindings: Any, network: str = FRONTEND, name: str = "box", v6: bool = True
) -> None:
    """``docker run -p``: everything that the engine asks for."""
    create(world, endpoint, *bindings, network=network, name=name, v6=v6)
    world.join(endpoint, network, sandbox=SANDBOXES[endpoint])
    program(world, endpoint, *bindings, network=network)


def create(
    world: World, endpoint: str, *bindings: Any, network: str = FRONTEND, name: str = "box", v6: bool = True
) -> None:
    world.engine.own(endpoint, name, runs=False)
    world.create(endpoint, network, v4=world.address(4), v6=world.address(6) if v6 else "", Options=options(*bindings))


def program(world: World, endpoint: str, *bindings: Any, network: str = FRONTEND) -> None:
    world.network("ProgramExternalConnectivity", NetworkID=network, EndpointID=endpoint, Options=options(*bindings))


def revoke(world: World, endpoint: str, network: str = FRONTEND) -> None:
    world.network("RevokeExternalConnectivity", NetworkID=network, EndpointID=endpoint)


def spec(world: World, endpoint: str) -> Mapping[str, Any]:
    (found,) = (one["spec"] for one in world.endpoints().values() if one["spec"]["endpoint"] == endpoint)
    return found


def host_ports(world: World, endpoint: str) -> list[int]:
    return [port["hostPort"] for port in spec(world, endpoint).get("ports", ())]


def test_ports_stand_in_the_record_once_the_endpoint_is_its_containers_gateway(world: World) -> None:
    create(world, EP1, binding(80, 8080))
    world.join(EP1, sandbox=SANDBOXES[EP1])
    assert "ports" not in spec(world, EP1)
    program(world, EP1, binding(80, 8080), binding(53, 53, host_ip="192.0.2.1", protocol=UDP))
    assert spec(world, EP1)["ports"] == [
        {"name": "published", "protocol": "UDP", "port": 53, "hostPort": 53, "hostIP": "192.0.2.1"},
        {"name": "published", "protocol": "TCP", "port": 80, "hostPort": 8080},
    ]
    assert spec(world, EP1)["profiles"] == ["frontend", "published.calico.docker"]
    name, revision = world.agent.waits[-1]
    assert name == f"host1-libnetwork-libnetwork-{EP1}"
    assert revision == world.store.list(endpoints.Endpoints(world.store, "host1").prefix).records[0].revision


def test_the_profile_lets_in_what_is_published_and_is_never_written_twice(world: World) -> None:
    run(world, EP1, binding(80, 8080))
    record = world.store.get(profiles.for_published().key)
    assert record is not None
    found = profiles.Profile.decode(record.document())
    assert found.spec == profiles.for_published().spec
    assert found.metadata.uid
    run(world, EP2, binding(80, 8081))
    again = world.store.get(profiles.for_published().key)
    assert again is not None
    assert again.revision == record.revision


def test_what_is_published_for_loopback_opens_nothing(world: World) -> None:
    run(world, EP1, binding(80, 8080, host_ip="127.0.0.1"))
    assert spec(world, EP1)["profiles"] == ["frontend"]
    assert spec(world, EP1)["ports"][0]["name"] == ""


def test_without_ports_nothing_is_read_or_written(world: World) -> None:
    world.run(EP1)
    before = world.store.list("").revision
    revoke(world, EP1)
    world.store.fail(1)
    program(world, EP1)
    with pytest.raises(store.StoreError):
        world.store.get("")
    assert world.store.list("").revision == before


def test_ports_follow_the_gateway_and_go_with_it(world: World) -> None:
    run(world, EP1, binding(80, 8080))
    create(world, EP2, binding(80, 8080), network=BACKEND)  # the same container's second network
    world.join(EP2, BACKEND, sandbox=SANDBOXES[EP1])
    revoke(world, EP1)
    program(world, EP2, binding(80, 8080), network=BACKEND)
    assert host_ports(world, EP1) == []
    assert spec(world, EP1)["profiles"] == ["frontend"]
    assert host_ports(world, EP2) == [8080]
    revoke(world, EP2, BACKEND)
    revoke(world, EP2, BACKEND)
    assert host_ports(world, EP2) == []


def test_every_call_may_be_repeated(world: World) -> None:
    run(world, EP1, binding(80))
    first, before = host_ports(world, EP1), world.store.list("").revision
    program(world, EP1, binding(80))
    assert host_ports(world, EP1) == first
    assert world.store.list("").revision == before
    v4, v6 = spec(world, EP1)["ipNetworks"]
    world.create(EP1, v4=v4, v6=v6, Options=options(binding(80)))
    assert host_ports(world, EP1) == first


def test_a_port_of_another_container_is_refused_before_anything_is_written(world: World) -> None:
    run(world, EP1, binding(80, 8080), name="web")
    world.engine.own(EP2, "other", runs=False)
    address, before = world.address(4), world.store.list("").revision
    text = (
        "-p 192.0.2.1:8080:90/tcp is refused: port 8080/TCP of the host: container web (network frontend) publishes it"
    )
    with pytest.raises(Refused, match=re.escape(text)) as refused:
        world.create(EP2, v4=address, Options=options(binding(90, 8080, host_ip="192.0.2.1")))
    assert refused.value.status == 409
    assert world.store.list("").revision == before


def test_on_another_network_it_is_refused_where_it_is_known_not_to_be_the_same_container(world: World) -> None:
    run(world, EP1, binding(80, 8080), name="web")
    create(world, EP2, binding(80, 8080), network=BACKEND, name="other")
    world.join(EP2, BACKEND, sandbox=SANDBOXES[EP2])
    with pytest.raises(Refused, match=re.escape("container web (network frontend) publishes it")):
        program(world, EP2, binding(80, 8080), network=BACKEND)
    assert host_ports(world, EP2) == []


def test_a_port_of_a_process_of_the_host_is_refused(world: World) -> None:
    world.engine.bound = {8080}
    address = world.address(4)
    before = world.store.list("").revision
    with pytest.raises(Refused, match="port 8080/TCP of the host: a process of the host has it"):
        world.create(EP1, v4=address, Options=options(binding(80, 8080)))
    with pytest.raises(Refused, match="the address is not the host's"):
        world.create(EP1, v4=address, Options=options(binding(80, 8081, host_ip="192.0.2.77")))
    assert world.store.list("").revision == before


def test_a_port_of_a_family_that_the_container_has_not_is_refused(world: World) -> None:
    text = "-p [::]:8080:80/tcp is refused: the container has no IPv6 address on this network"
    with pytest.raises(Refused, match=re.escape(text)):
        run(world, EP1, binding(80, 8080, host_ip="::"), v6=False)


def test_a_container_with_a_gateway_for_each_family_publishes_once_in_each(world: World) -> None:
    asked = (binding(80, 8080), binding(81, 8081, host_ip="::"), binding(82, 8082, host_ip="192.0.2.1"))
    create(world, EP1, *asked, v6=False)
    world.join(EP1, sandbox=SANDBOXES[EP1])
    said = options(*asked) | {"com.docker.network.driver.private.no_proxy_6to4": True}
    world.network("ProgramExternalConnectivity", NetworkID=FRONTEND, EndpointID=EP1, Options=said)
    create(world, EP2, *asked, network=BACKEND)
    world.join(EP2, BACKEND, sandbox=SANDBOXES[EP1])
    program(world, EP2, *asked, network=BACKEND)
    where = {
        endpoint: {(port["hostPort"], port.get("hostIP")) for port in spec(world, endpoint)["ports"]}
        for endpoint in (EP1, EP2)
    }
    assert where == {EP1: {(8080, None), (8082, "192.0.2.1")}, EP2: {(8080, "::"), (8081, "::")}}


def test_containers_of_different_families_may_have_one_port(world: World) -> None:
    run(world, EP1, binding(80, 8080), v6=False)
    world.engine.own(EP2, "six", runs=False)
    world.create(EP2, v6=world.address(6), Options=options(binding(80, 8080)))
    world.join(EP2, sandbox=SANDBOXES[EP2])
    program(world, EP2, binding(80, 8080))
    assert (host_ports(world, EP1), host_ports(world, EP2)) == ([8080], [8080])


def test_a_port_of_a_container_whose_interface_is_gone_is_free(world: World) -> None:
    """The engine was killed, and has forgotten what it began."""
    run(world, EP1, binding(80, 8080), binding(81, 8081), name="web")
    world.links.remove(endpoints.interface_name(EP1))
    run(world, EP2, binding(80, 8080), name="web")
    assert host_ports(world, EP2) == [8080]
    assert host_ports(world, EP1) == []


def test_two_that_ask_at_once_do_not_get_one_port(world: World) -> None:
    for endpoint in (EP1, EP2):
        create(world, endpoint, binding(80, 8000, 8001), name=f"box{endpoint[0]}")
        world.join(endpoint, sandbox=SANDBOXES[endpoint])
    world.store.before_commit.append(lambda: program(world, EP2, binding(80, 8000, 8001)))
    program(world, EP1, binding(80, 8000, 8001))
    assert (host_ports(world, EP1), host_ports(world, EP2)) == ([8001], [8000])


def test_an_endpoint_that_is_not_connected_is_not_waited_for(world: World) -> None:
    create(world, EP1, binding(80, 8080))
    program(world, EP1, binding(80, 8080))
    assert world.agent.waits == []
    assert host_ports(world, EP1) == [8080]
    world.join(EP1, sandbox=SANDBOXES[EP1])
    assert host_ports(world, EP1) == [8080]


def test_an_agent_that_does_not_answer_is_told_to_the_engine(world: World) -> None:
    create(world, EP1, binding(80, 8080))
    world.join(EP1, sandbox=SANDBOXES[EP1])
    world.agent.error = Late("the agent has not programmed it")
    with pytest.raises(Late):
        program(world, EP1, binding(80, 8080))


def test_an_endpoint_that_nobody_knows_publishes_nothing(world: World) -> None:
    with pytest.raises(Refused, match="no such endpoint"):
        program(world, EP1, binding(80, 8080))
    revoke(world, EP1)


def test_a_store_that_loses_every_race_ends_the_call(world: World) -> None:
    create(world, EP1, binding(80, 8080))
    world.join(EP1, sandbox=SANDBOXES[EP1])
    prefix = endpoints.Endpoints(world.store, "host1").prefix

    def disturb() -> None:
        world.store.before_commit.append(disturb)
        world.store.put(f"{prefix}x", b"{}")

    world.store.before_commit.append(disturb)
    with pytest.raises(ipam_errors.Busy):
        program(world, EP1, binding(80, 8080))
