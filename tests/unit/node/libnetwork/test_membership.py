"""What an endpoint is by its network: profiles, labels, and what closes a network that is internal."""

import dataclasses
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import internal_networks, policies, profiles, tiers
from calico_node.libnetwork import networks
from calico_node.libnetwork.errors import Refused
from tests.fakes import cluster
from tests.unit.node.libnetwork.conftest import FRONTEND, World

EP1, EP2 = "1" * 64, "2" * 64
POLICY = internal_networks.policy("frontend")


def say(world: World, **changes: Any) -> None:
    """The engine says this of the network."""
    world.engine.known[FRONTEND] = dataclasses.replace(world.engine.known[FRONTEND], **changes)
    world.networks.forget(FRONTEND)


def endpoint(world: World, **body: Any) -> Any:
    world.create(EP1, v4=world.address(), **body)
    [document] = world.endpoints().values()
    return document


def have_profile(world: World, name: str, **spec: Any) -> None:
    world.store.put(*cluster.record("Profile", name, spec))


def create_network(world: World, listed: str) -> None:
    """What the engine asks before anybody can know the network's name."""
    options = {"com.docker.network.generic": {"org.projectcalico.profiles": listed}}
    data = {"AddressSpace": "CalicoLocalAddressSpace", "Pool": "0.0.0.0/0"}
    world.network("CreateNetwork", NetworkID=FRONTEND, Options=options, IPv4Data=[data])


@pytest.mark.parametrize(
    ("common", "own", "wanted"),
    [
        pytest.param("a,b", None, ["frontend", "a", "b"], id="of the network"),
        pytest.param(None, "c", ["frontend", "c"], id="of the endpoint"),
        pytest.param("a,b", "b,c", ["frontend", "a", "b", "c"], id="of both"),
        pytest.param("a,frontend,b", None, ["a", "frontend", "b"], id="the network's own in another place"),
        pytest.param("projectcalico-default-allow", None, ["frontend", "projectcalico-default-allow"], id="built in"),
    ],
)
def test_profiles_are_added_behind_the_networks_own(
    world: World, common: str | None, own: str | None, wanted: list[str]
) -> None:
    for name in ("a", "b", "c"):
        have_profile(world, name)
    say(world, options={} if common is None else {"org.projectcalico.profiles": common})
    options = {} if own is None else {"org.projectcalico.profiles": own}
    assert endpoint(world, Options=options)["spec"]["profiles"] == wanted


def test_a_profile_that_is_not_there_is_told_before_anything_is_written(world: World) -> None:
    text = "org.projectcalico.profiles: missing is refused: there is no such Profile"
    with pytest.raises(Refused, match=text):
        create_network(world, "missing")
    with pytest.raises(Refused, match="missing, frontend is refused"):
        create_network(world, "missing,frontend")
    with pytest.raises(Refused, match=text):
        endpoint(world, Options={"org.projectcalico.profiles": "missing"})
    say(world, options={"org.projectcalico.profiles": "frontend,missing"})
    with pytest.raises(Refused, match=text):
        endpoint(world)
    assert world.endpoints() == {}


def test_the_networks_own_profile_may_be_listed_before_it_is_there(world: World) -> None:
    have_profile(world, "a")
    create_network(world, "a,frontend")
    say(world, options={"org.projectcalico.profiles": "a,frontend"})
    assert endpoint(world)["spec"]["profiles"] == ["a", "frontend"]


def test_labels_come_from_the_networks_labels_its_options_and_the_endpoints(world: World) -> None:
    said = "org.projectcalico.label."
    say(
        world,
        labels={f"{said}a": "label", f"{said}b": "label", f"{said}c": "label", "com.example": "other", f"{said}d": "-"},
        options={f"{said}b": "option", f"{said}c": "option"},
    )
    labels = endpoint(world, Options={f"{said}c": "driver-opt"})["metadata"]["labels"]
    assert {name: labels.get(name) for name in "abcd"} == {"a": "label", "b": "option", "c": "driver-opt", "d": None}


def test_a_network_from_before_options_were_looked_at_keeps_its_containers(world: World) -> None:
    say(world, options={"com.docker.network.bridge.name": "br0", "com.docker.network.driver.mtu": "1400"})
    assert endpoint(world)["spec"]["profiles"] == ["frontend"]


def test_an_internal_network_is_closed_before_its_first_container_is_there(world: World) -> None:
    say(world, internal=True)
    address, revision = world.address(), world.store.revision
    world.create(EP1, v4=address)
    written = [event.key for event in next(iter(world.store.watch("/calico/resources/", revision)))]
    assert written == [
        internal_networks.tier().key,
        profiles.for_network("frontend").key,
        POLICY.key,
        *world.endpoints(),
    ]
    [document] = world.endpoints().values()
    assert document["metadata"]["labels"]["calico.docker/internal"] == "frontend"
    stored = world.store.documents()
    assert policies.GlobalNetworkPolicy.decode(stored[POLICY.key]).spec == POLICY.spec


def test_an_open_profile_of_that_name_stays_and_the_policy_closes_the_network(world: World) -> None:
    have_profile(world, "frontend", ingress=[{"action": "Allow"}], egress=[{"action": "Allow"}])
    key = profiles.for_network("frontend").key
    before = world.store.documents()[key]
    say(world, internal=True)
    endpoint(world)
    assert world.store.documents()[key] == before
    assert POLICY.key in world.store.documents()


def test_a_policy_that_somebody_opened_is_closed_with_the_next_container_and_the_tier_stays(world: World) -> None:
    say(world, internal=True)
    world.create(EP1, v4=world.address())
    opened = POLICY.created(uid="u", timestamp=cluster.CREATED).encode()
    opened["spec"]["egress"] = [{"action": "Allow"}]
    world.store.put(POLICY.key, opened)
    tier = tiers.Tier.decode({"metadata": {"name": "libnetwork"}, "spec": {"order": 5}})
    world.store.put(tier.key, tier.created(uid="t", timestamp=cluster.CREATED).encode())
    world.create(EP2, v4=world.address())
    found = policies.GlobalNetworkPolicy.decode(world.store.documents()[POLICY.key])
    assert (found.spec, found.metadata.uid) == (POLICY.spec, "u")
    assert tiers.Tier.decode(world.store.documents()[tier.key]).spec.order == 5


def test_a_policy_that_is_opened_at_the_same_moment_is_closed_all_the_same(world: World) -> None:
    say(world, internal=True)
    world.create(EP1, v4=world.address())
    opened = POLICY.created(uid="u", timestamp=cluster.CREATED).encode()
    opened["spec"]["egress"] = [{"action": "Allow"}]
    address = world.address()
    world.store.before_commit.append(lambda: world.store.put(POLICY.key, opened))
    world.create(EP2, v4=address)
    assert policies.GlobalNetworkPolicy.decode(world.store.documents()[POLICY.key]).spec == POLICY.spec


def test_an_open_network_writes_no_policy(world: World) -> None:
    labels = endpoint(world)["metadata"]["labels"]
    assert "calico.docker/internal" not in labels
    assert POLICY.key not in world.store.documents()


def test_nothing_that_a_network_may_be_called_is_beyond_a_policys_name() -> None:
    names = ["a", "a-b", "a.b", "a--b", "a.b-c", "a-b.c", "a" * 63, "0.0.0"]
    found = {internal_networks.policy(name).name for name in names}
    assert len(found) == len(names)
    assert internal_networks.policy("my-net.v1").name == "libnetwork.internal-my--net-v1"


def test_a_record_is_enough(world: World) -> None:
    assert world.networks.of(FRONTEND) == networks.Record(name="frontend")
