"""The other kinds that take part in policy, asked of the kernel: policies of namespaces, staged ones, sets, hosts."""

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.states import records, states

from . import traffic
from .hosts import Host
from .namespaces import World
from .traffic import Place

ALLOW, DENY, PASS = states.ALLOW, states.DENY, [{"action": "Pass"}]
DB = "role == 'db'"
BASE = (
    records.network("frontend"),
    records.network("backend"),
    records.endpoint(1, labels={"role": "client"}),
    records.endpoint(
        3, networks=["backend"], labels={"role": "db"}, ports=[{"name": "web", "protocol": "TCP", "port": 80}]
    ),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Host, dict[str, Place]]]:
    with World() as world, Host(world, pathlib.Path(tmp_path_factory.mktemp("host"))) as host:
        yield host, {"one": host.container(1), "three": host.container(3), "outside": host.outside}


def reached(world: tuple[Host, dict[str, Place]], way: tuple[str, str], *changes: records.Change) -> list[bool]:
    """Whether port 80 is reached by IPv4 and by IPv6."""
    host, places = world
    host.apply((*BASE, *changes))
    source, target = (places[name] for name in way)
    with traffic.listening(target, 80):
        return traffic.reaching([(source.space, address, 80) for address in target.addresses.values()])


def policy(name: str, **spec: Any) -> records.Change:
    return records.policy(name, **({"selector": DB} | spec))


def local(name: str, namespace: str = records.NAMESPACE, **spec: Any) -> records.Change:
    return records.in_namespace("NetworkPolicy", name, namespace, **({"selector": DB} | spec))


def staged(name: str, **spec: Any) -> records.Change:
    return records.raw("StagedGlobalNetworkPolicy", name, {"selector": DB} | spec)


def of(**peer: Any) -> list[dict[str, Any]]:
    return [{"action": "Allow", "source": peer}]


EARLY = records.tier("early", order=1)
CASES = {
    "a policy of the endpoint's namespace": ((local("a", ingress=ALLOW),), True),
    "a policy of another namespace": ((local("a", "elsewhere", ingress=ALLOW),), False),
    "a peer of the policy's namespace": ((local("a", ingress=of(selector="role == 'client'")),), True),
    "a peer that only another namespace could have": (
        (local("a", ingress=of(namespaceSelector="team == 'b'", selector="role == 'client'")),),
        False,
    ),
    "a peer of a namespace with a label": (
        (
            records.profile("frontend", labelsToApply={"pcns.team": "b"}, egress=ALLOW),
            local("a", ingress=of(namespaceSelector="team == 'b'", selector="role == 'client'")),
        ),
        True,
    ),
    "a peer without a namespace": ((policy("a", ingress=of(namespaceSelector="global()")),), False),
    "a peer by its service account": (
        (
            records.profile(
                "frontend",
                labelsToApply={"projectcalico.org/serviceaccount": "robot", "pcsa.job": "test"},
                egress=ALLOW,
            ),
            policy("a", ingress=of(serviceAccounts={"names": ["robot"], "selector": "job == 'test'"})),
        ),
        True,
    ),
    "a policy for service accounts": ((policy("a", serviceAccountSelector="all()", ingress=ALLOW),), False),
    "a policy for namespaces with a label": ((policy("a", namespaceSelector="has(team)", ingress=ALLOW),), False),
    "equal order and name: the global policy first": ((policy("a", ingress=DENY), local("a", ingress=ALLOW)), False),
    "equal order: by name, whatever the kind": ((policy("b", ingress=DENY), local("a", ingress=ALLOW)), True),
    "a staged policy that denies first": (
        (staged("a", order=1, ingress=DENY), policy("b", order=2, ingress=ALLOW)),
        True,
    ),
    "a staged policy that allows": ((staged("a", ingress=ALLOW),), False),
    "a staged policy that passes": ((staged("a", order=1, ingress=PASS), policy("b", ingress=ALLOW)), True),
    "a tier of staged policies only does not end in deny": (
        (EARLY, staged("a", tier="early", ingress=DENY), policy("b", ingress=ALLOW)),
        True,
    ),
    "a staged policy beside one that is in force": (
        (
            EARLY,
            staged("a", tier="early", ingress=ALLOW),
            policy("b", tier="early", ingress=PASS),
            local("c", ingress=ALLOW),
        ),
        True,
    ),
    "a profile that passes, then one that allows": (
        (
            records.profile("backend", ingress=PASS),
            records.profile("open", ingress=ALLOW),
            records.endpoint(3, networks=["backend", "open"], labels={"role": "db"}),
        ),
        True,
    ),
    "a profile that passes, and no other": ((records.profile("backend", ingress=PASS),), False),
    "an invalid policy of the namespace denies": (
        (local("a", order=1, ingress=[{"action": "Maybe"}]), policy("b", order=2, ingress=ALLOW)),
        False,
    ),
    "an invalid policy of another namespace": (
        (local("a", "elsewhere", order=1, ingress=[{"action": "Maybe"}]), policy("b", order=2, ingress=ALLOW)),
        True,
    ),
    "an invalid staged policy": ((staged("a", ingress=[{"action": "Maybe"}]), policy("b", ingress=ALLOW)), True),
    "a network set that holds the container's address": (
        (
            records.network_set("lab", "10.65.0.1/24", "fd65::1/64", labels={"kind": "lab"}),
            policy("a", ingress=of(selector="kind == 'lab'")),
        ),
        True,
    ),
    "a network set that must not hold it": (
        (
            records.network_set("lab", "10.65.0.0/31", "fd65::1/128", labels={"kind": "lab"}),
            policy("a", ingress=of(notSelector="kind == 'lab'")),
        ),
        False,
    ),
    "a network set without networks must not hold it": (
        (records.network_set("lab", labels={"kind": "lab"}), policy("a", ingress=of(notSelector="kind == 'lab'"))),
        True,
    ),
}


@pytest.mark.parametrize(("changes", "passes"), list(CASES.values()), ids=list(CASES))
def test_from_one_container_to_another(
    world: tuple[Host, dict[str, Place]], changes: tuple[records.Change, ...], passes: bool
) -> None:
    assert reached(world, ("one", "three"), *changes) == [passes, passes]


OFFICE = records.network_set("office", "192.0.2.0/24", "2001:db8::/64", labels={"kind": "office"})
UPLINK = records.host_endpoint(
    "uplink",
    node="host2",
    expectedIPs=["192.0.2.9", "2001:db8::9"],
    ports=[{"name": "web", "protocol": "TCP", "port": 80}],
    labels={"kind": "host"},
)
FROM_OUTSIDE = {
    "nobody knows it": ((policy("a", ingress=of(selector="all()")),), [False, False]),
    "a global set knows it": ((OFFICE, policy("a", ingress=of(selector="all()"))), [True, True]),
    "a global set is in no namespace": ((OFFICE, local("a", ingress=of(selector="all()"))), [False, False]),
    "a set of the policy's namespace": (
        (
            records.network_set("plant", "192.0.2.9/32", "2001:db8::9/128", labels={}, namespace=records.NAMESPACE),
            local("a", ingress=of(selector="all()")),
        ),
        [True, True],
    ),
    "a set of another namespace": (
        (
            records.network_set("plant", "192.0.2.9/32", "2001:db8::9/128", labels={}, namespace="elsewhere"),
            local("a", ingress=of(selector="all()")),
        ),
        [False, False],
    ),
    "a set of one family opens nothing in the other": (
        (
            records.network_set("four", "192.0.2.0/24", labels={"kind": "office"}),
            policy("a", ingress=of(selector="kind == 'office'")),
        ),
        [True, False],
    ),
    "everything": (
        (
            records.network_set("any", "0.0.0.0/0", "::/0", labels={"kind": "any"}),
            policy("a", ingress=of(selector="kind == 'any'")),
        ),
        [True, True],
    ),
    "a set, but not one of its parts": (
        (
            OFFICE,
            records.network_set("part", "192.0.2.9/32", labels={"kind": "part"}),
            policy("a", ingress=of(notSelector="kind == 'part'")),
        ),
        [False, True],
    ),
    "sets by label, without those of another label": (
        (
            OFFICE,
            records.network_set("part", "192.0.2.9/32", "2001:db8::9/128", labels={"kind": "part"}),
            policy("a", ingress=of(selector="has(kind)", notSelector="kind == 'part'")),
        ),
        [True, True],
    ),
    "set and nets must both hold": (
        (OFFICE, policy("a", ingress=of(selector="kind == 'office'", nets=["192.0.2.0/29"]))),
        [False, False],
    ),
    "a host's endpoint": ((UPLINK, policy("a", ingress=of(selector="kind == 'host'"))), [True, True]),
    "a host's endpoint is in no namespace": (
        (UPLINK, policy("a", ingress=of(namespaceSelector="global()"))),
        [True, True],
    ),
}


@pytest.mark.parametrize(("changes", "passes"), list(FROM_OUTSIDE.values()), ids=list(FROM_OUTSIDE))
def test_from_outside(
    world: tuple[Host, dict[str, Place]], changes: tuple[records.Change, ...], passes: list[bool]
) -> None:
    assert reached(world, ("outside", "three"), *changes) == passes


@pytest.mark.parametrize(("name", "passes"), [("web", True), ("mail", False)])
def test_a_port_of_a_host_by_name(world: tuple[Host, dict[str, Place]], name: str, passes: bool) -> None:
    rule = {"action": "Allow", "protocol": "TCP", "destination": {"selector": "kind == 'host'", "ports": [name]}}
    changes = (UPLINK, policy("a", selector="role == 'client'", types=["Egress"], egress=[rule]))
    assert reached(world, ("one", "outside"), *changes) == [passes, passes]
