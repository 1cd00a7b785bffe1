"""The network driver as the engine calls it, sequence by sequence."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import profiles
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node.dataplane import veth
from calico_node.libnetwork import engine, network
from calico_node.libnetwork.errors import Refused
from tests.unit.node.libnetwork.conftest import BACKEND, FRONTEND, World

EP1, EP2 = "1" * 64, "2" * 64
DATA = {"AddressSpace": "CalicoLocalAddressSpace", "Gateway": "0.0.0.0/0", "Pool": "0.0.0.0/0"}
OPTIONS = {"com.docker.network.enable_ipv4": True, "com.docker.network.enable_ipv6": False}


def created(**fields: Any) -> dict[str, Any]:
    options = {**OPTIONS, "com.docker.network.generic": {}}
    return {"NetworkID": FRONTEND, "Options": options, "IPv4Data": [DATA], "IPv6Data": []} | fields


def test_capabilities_say_local(world: World) -> None:
    world.store.fail(100)
    assert world.network("GetCapabilities")["Scope"] == "local"
    assert world.call("Plugin.Activate") == {"Implements": ["NetworkDriver", "IpamDriver"]}


def test_a_network_is_accepted_as_every_engine_asks_for_it_and_again(world: World) -> None:
    for _time in range(2):
        assert world.network("CreateNetwork", **created()) == {}
        assert world.network("CreateNetwork", **created(IPv6Data=[DATA | {"Pool": "::/0"}])) == {}
        assert world.network("DeleteNetwork", NetworkID=FRONTEND) == {}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        pytest.param(
            {"IPv4Data": [DATA | {"AddressSpace": "LocalDefault"}]}, "--ipam-driver calico", id="foreign ipam"
        ),
        pytest.param({"IPv4Data": []}, "--ipam-driver calico", id="no ipam"),
        pytest.param({"IPv4Data": [DATA | {"AuxAddresses": {"a": "x"}}]}, "AuxAddresses: 'x' is refused", id="aux"),
        pytest.param({"Options": {"mtu": "9000"}}, "mtu is refused: no option of the engine", id="no engine's option"),
        pytest.param({"Options": {"com.docker.network.generic": {"mtu": "9000"}}}, "-o mtu is refused", id="option"),
        pytest.param({"Options": {"com.docker.network.generic": "x"}}, "must be an object", id="options are text"),
        pytest.param({"Options": []}, "Options: .* must be an object", id="options are a list"),
        pytest.param({"NetworkID": "../../etc"}, "NetworkID: .* an id of", id="an id that is a path"),
        pytest.param({"IPv4Data": {"Pool": "x"}}, "IPv4Data: .* must be a list", id="data is an object"),
        pytest.param({"IPv4Data": [7]}, r"IPv4Data\[0\]: 7 is refused", id="data is a number"),
    ],
)
def test_a_network_that_cannot_be_is_refused(world: World, fields: dict[str, Any], text: str) -> None:
    with pytest.raises((Refused, Invalid), match=text):
        world.network("CreateNetwork", **created(**fields))


def test_an_auxiliary_address_is_taken_from_nobody(world: World) -> None:
    taken = world.address(wanted="10.65.0.9")
    held = world.run(EP1)
    data = DATA | {"Pool": "10.65.0.0/24", "AuxAddresses": {"router": taken, "other": f"{held}/32"}}
    assert world.network("CreateNetwork", **created(IPv4Data=[data])) == {}
    assert world.taken() == [held]
    assert world.address(wanted="10.65.0.9") == taken


def test_an_endpoint_becomes_a_workload_endpoint_and_its_network_a_profile(world: World) -> None:
    address, address6 = world.address(4), world.address(6)
    answer = world.create(EP1, v4=address, v6=address6)
    [document] = world.endpoints().values()
    spec, metadata = document["spec"], document["metadata"]
    assert answer == {"Interface": {"MacAddress": spec["mac"]}}
    assert metadata["name"] == f"host1-libnetwork-libnetwork-{EP1}"
    assert metadata["namespace"] == "libnetwork"
    assert metadata["uid"]
    assert metadata["creationTimestamp"] == "2026-08-22T06:33:20Z"
    assert metadata["annotations"]["calico.docker/network-id"] == FRONTEND
    assert metadata["annotations"]["calico.docker/network-name"] == "frontend"
    assert metadata["annotations"]["calico.docker/handles"].count("libnetwork.") == 2
    assert spec["ipNetworks"] == [address, address6]
    assert spec["profiles"] == ["frontend"]
    stored = world.store.documents()[profiles.for_network("frontend").key]
    assert profiles.Profile.decode(stored).spec == profiles.for_network("frontend").spec


def test_watchers_see_the_profile_before_the_endpoint_that_names_it(world: World) -> None:
    address, revision = world.address(), world.store.revision
    world.create(EP1, v4=address)
    first, second = next(iter(world.store.watch("/calico/resources/", revision)))
    assert first.revision == second.revision
    assert first.key == profiles.for_network("frontend").key
    assert [second.key] == list(world.endpoints())


def test_an_endpoint_may_be_created_twice_and_a_profile_is_kept(world: World) -> None:
    address = world.address()
    world.create(EP1, v4=address)
    key = profiles.for_network("frontend").key
    changed = profiles.for_network("frontend").created(uid="u", timestamp="2026-08-22T06:33:20Z").encode()
    changed["spec"]["egress"] = [{"action": "Deny"}]
    world.store.put(key, changed)
    before = world.store.documents()
    world.create(EP1, v4=address)
    world.create(EP2, v4=world.address())
    assert world.store.documents()[key] == before[key]
    assert list(world.endpoints()) == [*[k for k in before if "workloadendpoints" in k], *list(world.endpoints())[1:]]


def test_two_first_containers_of_a_network_make_one_profile(world: World) -> None:
    address, other = world.address(), world.address()
    world.store.before_commit.append(lambda: world.create(EP2, v4=other))
    world.create(EP1, v4=address)
    assert len(world.endpoints()) == 2


def test_a_mac_address_that_was_asked_for_is_stored_and_not_returned(world: World) -> None:
    interface = {"Address": world.address(), "AddressIPv6": "", "MacAddress": "02:42:AC:11:00:02"}
    assert world.create(EP1, Interface=interface) == {"Interface": {}}
    [document] = world.endpoints().values()
    assert document["spec"]["mac"] == "02:42:ac:11:00:02"


def test_our_mac_addresses_are_local_unicast_and_steady() -> None:
    macs = {network.mac_of(f"{number:064x}") for number in range(100)}
    assert len(macs) == 100
    assert all(int(mac[:2], 16) & 3 == 2 for mac in macs)
    assert network.mac_of(EP1) == network.mac_of(EP1)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        pytest.param({"Interface": {}}, "--ipam-driver calico", id="no address"),
        pytest.param({"Interface": {"Address": "172.17.0.2/16"}}, "not given to node host1", id="not from our ipam"),
        pytest.param({"Interface": {"Address": "x"}}, "Interface.Address: 'x'", id="no address at all"),
        pytest.param({"Interface": {"MacAddress": "01:00:5e:00:00:01"}}, "unicast", id="a multicast MAC address"),
        pytest.param({"Interface": {"MacAddress": veth.HOST_MAC}}, "that of the host's side", id="the host's MAC"),
        pytest.param({"Interface": []}, "Interface: .* must be an object", id="a list"),
        pytest.param({"NetworkID": "c" * 64}, "does not know network ccc", id="an unknown network"),
        pytest.param({"Options": {"color": "red"}}, "driver-opt color is refused: known are", id="a driver option"),
        pytest.param({"EndpointID": "x"}, "EndpointID: 'x'", id="a short id"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused_and_nothing_is_written(
    world: World, fields: dict[str, Any], text: str
) -> None:
    with pytest.raises((Refused, Invalid), match=text):
        world.create(EP1, **fields)
    assert world.endpoints() == {}


@pytest.mark.parametrize("name", ["my_app_default", "Frontend", "projectcalico-default-allow", "a" * 64])
def test_a_network_name_that_is_no_profile_name_is_refused_in_plain_words(world: World, name: str) -> None:
    world.engine.known[FRONTEND] = engine.Network(FRONTEND, name, "calico", {})
    with pytest.raises(Refused, match=f"network name '{name}' cannot name a Profile"):
        world.create(EP1, v4=world.address())


def test_a_join_makes_the_pair_and_waits_for_the_agent(world: World) -> None:
    world.create(EP1, v4=world.address(4), v6=world.address(6))
    [(key, _document)] = world.endpoints().items()
    answer = world.join(EP1)
    record = world.store.get(key)
    assert record is not None
    assert world.agent.waits == [(f"host1-libnetwork-libnetwork-{EP1}", record.revision)]
    assert answer == {
        "InterfaceName": {"SrcName": "tmp11111111111", "DstPrefix": "eth"},
        "Gateway": "169.254.1.1",
        "GatewayIPv6": "fe80::ecee:eeff:feee:eeee",
        "StaticRoutes": [
            {"Destination": "169.254.1.1/32", "RouteType": 1},
            {"Destination": "fe80::ecee:eeff:feee:eeee/128", "RouteType": 1},
        ],
    }
    [pair] = world.links.pairs.values()
    assert (pair.name, pair.peer, pair.mtu) == ("cali11111111111", "tmp11111111111", 8950)
    assert str(pair.gateway) == "fe80::ecee:eeff:feee:eeee"


def test_an_endpoint_without_ipv6_gets_no_ipv6_gateway(world: World) -> None:
    world.create(EP1, v4=world.address())
    assert "GatewayIPv6" not in world.join(EP1)
    assert world.links.pairs["cali11111111111"].gateway is None


def test_an_endpoint_without_ipv4_gets_no_ipv4_gateway_and_no_bridge(world: World) -> None:
    world.create(EP1, v6=world.address(6))
    answer = world.join(EP1)
    assert "Gateway" not in answer
    assert [route["Destination"] for route in answer["StaticRoutes"]] == ["fe80::ecee:eeff:feee:eeee/128"]
    assert answer["DisableGatewayService"] is True


def test_a_second_network_of_a_container_gets_the_next_gateway_also_after_a_restart(world: World) -> None:
    world.run(EP1)
    world.restart()
    world.create(EP2, BACKEND, v4=world.address(4), v6=world.address(6))
    answer = world.join(EP2, BACKEND)
    assert answer["Gateway"] == "169.254.1.2"
    assert answer["GatewayIPv6"] == str(world.links.pairs["cali22222222222"].gateway) == "fe80::ecee:eeff:feee:eeef"
    world.create("3" * 64, v4=world.address())
    assert world.join("3" * 64, sandbox="/var/run/docker/netns/2")["Gateway"] == "169.254.1.1"
    world.network("Leave", NetworkID=FRONTEND, EndpointID=EP1)
    world.create("4" * 64, v4=world.address())
    assert world.join("4" * 64)["Gateway"] == "169.254.1.1"


def test_a_join_may_be_repeated(world: World) -> None:
    world.create(EP1, v4=world.address())
    assert world.join(EP1) == world.join(EP1)


def test_a_join_without_endpoint_is_refused(world: World) -> None:
    with pytest.raises(Refused, match="no such endpoint"):
        world.join(EP1)


@pytest.mark.parametrize("part", ["agent", "links"])
def test_a_join_that_fails_leaves_no_interface_and_is_undone_by_what_follows(world: World, part: str) -> None:
    address = world.address()
    world.create(EP1, v4=address)
    getattr(world, part).error = veth.LinkError("no") if part == "links" else Refused("agent away", 504)
    with pytest.raises((Refused, veth.LinkError)):
        world.join(EP1)
    assert world.links.pairs == {}
    world.network("DeleteEndpoint", NetworkID=FRONTEND, EndpointID=EP1)
    world.ipam("ReleaseAddress", PoolID="CalicoPoolIPv4", Address=address.partition("/")[0])
    assert world.endpoints() == {}
    assert world.taken() == []


def test_stopping_a_container_leaves_nothing_and_may_be_repeated(world: World) -> None:
    address = world.run(EP1)
    for _time in range(2):
        for call in ("RevokeExternalConnectivity", "Leave", "DeleteEndpoint"):
            assert world.network(call, NetworkID=FRONTEND, EndpointID=EP1) == {}
        assert world.ipam("ReleaseAddress", PoolID="CalicoPoolIPv4", Address=address) == {}
    assert world.links.pairs == {}
    assert world.endpoints() == {}
    assert world.taken() == []


def test_leaving_needs_no_store(world: World) -> None:
    world.run(EP1)
    world.store.fail(100)
    assert world.network("Leave", NetworkID=FRONTEND, EndpointID=EP1) == {}
    assert world.links.pairs == {}


def test_deleting_an_endpoint_with_the_store_down_says_so(world: World) -> None:
    world.run(EP1)
    world.store.fail(1)
    with pytest.raises(store.Unavailable):
        world.network("DeleteEndpoint", NetworkID=FRONTEND, EndpointID=EP1)
    assert world.links.pairs == {}


def test_the_small_calls_are_answered(world: World) -> None:
    assert world.network("EndpointOperInfo", NetworkID=FRONTEND, EndpointID=EP1) == {"Value": {}}
    assert world.network("ProgramExternalConnectivity", NetworkID=FRONTEND, EndpointID=EP1, Options={}) == {}
    assert world.network("DiscoverNew", DiscoveryType=1, DiscoveryData={"Address": "1.2.3.4"}) == {}
    assert world.network("DiscoverDelete") == {}
    assert world.network("GwAllocCheck", Options={}) == {"SkipIPv4": True, "SkipIPv6": True}


@pytest.mark.parametrize("call", ["AllocateNetwork", "FreeNetwork"])
def test_swarm_networks_are_refused(world: World, call: str) -> None:
    with pytest.raises(Refused, match="the driver's scope is local"):
        world.network(call, NetworkID=FRONTEND)
