"""Calico's policy semantics, asked of the kernel: does a connection from frontend to backend's port 80 pass?"""

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.states import records, states

from . import traffic
from .hosts import Host
from .namespaces import World
from .traffic import Place

BASE = (
    records.network("frontend"),
    records.network("backend"),
    records.endpoint(1, labels={"role": "client"}),
    records.endpoint(
        3, networks=["backend"], labels={"role": "db"}, ports=[{"name": "web", "protocol": "TCP", "port": 80}]
    ),
)
ALLOW, DENY, PASS, LOG = ([{"action": action}] for action in ("Allow", "Deny", "Pass", "Log"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Host, Place, Place]]:
    with World() as world, Host(world, pathlib.Path(tmp_path_factory.mktemp("host"))) as host:
        yield host, host.container(1), host.container(3)


def policy(name: str, **spec: Any) -> records.Change:
    return records.policy(name, **({"selector": "role == 'db'"} | spec))


def rule(action: str = "Allow", **fields: Any) -> list[dict[str, Any]]:
    return [{"action": action, **fields}]


def to(port: Any, **fields: Any) -> list[dict[str, Any]]:
    return rule(protocol="TCP", destination={"ports": [port], **fields})


def of(**peer: Any) -> list[dict[str, Any]]:
    return rule(source=peer)


CASES = {
    "without a policy the profile decides: another network is blocked": ((), False),
    "a policy that allows": ((policy("a", ingress=ALLOW),), True),
    "a policy that denies": ((policy("a", ingress=DENY),), False),
    "a policy without rules denies": ((policy("a", types=["Ingress"]),), False),
    "a policy for others changes nothing": ((policy("a", selector="role == 'web'", ingress=ALLOW),), False),
    "a policy of the other direction changes nothing": ((policy("a", types=["Egress"], egress=ALLOW),), False),
    "an egress policy that denies stops it at the source": (
        (policy("a", ingress=ALLOW), policy("b", selector="role == 'client'", types=["Egress"])),
        False,
    ),
    "the first rule that matches decides": ((policy("a", ingress=[*ALLOW, *DENY]),), True),
    "the first policy by order decides": (
        (policy("a", order=2, ingress=DENY), policy("b", order=1, ingress=ALLOW)),
        True,
    ),
    "equal orders go by name": ((policy("a", ingress=DENY), policy("b", ingress=ALLOW)), False),
    "log goes on": ((policy("a", ingress=[*LOG, *ALLOW]),), True),
    "pass goes to the profiles after the last tier": ((policy("a", ingress=[*PASS, *ALLOW]),), False),
    "pass skips the rest of its tier": (
        (
            records.tier("early", order=1),
            policy("a", tier="early", order=1, ingress=PASS),
            policy("b", tier="early", order=2, ingress=DENY),
            policy("c", ingress=ALLOW),
        ),
        True,
    ),
    "allow in an early tier is the last word": (
        (records.tier("early", order=1), policy("a", tier="early", ingress=ALLOW), policy("b", ingress=DENY)),
        True,
    ),
    "a tier ends in deny": (
        (records.tier("early", order=1), policy("a", tier="early", ingress=to(81)), policy("b", ingress=ALLOW)),
        False,
    ),
    "a tier that ends in pass goes on": (
        (
            records.tier("early", order=1, defaultAction="Pass"),
            policy("a", tier="early", ingress=to(81)),
            policy("b", ingress=ALLOW),
        ),
        True,
    ),
    "a port": ((policy("a", ingress=to(80)),), True),
    "another port": ((policy("a", ingress=to(81)),), False),
    "a range of ports": ((policy("a", ingress=to("70:90")),), True),
    "a port by name": ((policy("a", ingress=to("web")),), True),
    "a port by a name that nobody has": ((policy("a", ingress=to("mail")),), False),
    "all ports but this": (
        (policy("a", ingress=rule(protocol="TCP", destination={"notPorts": [80]})),),
        False,
    ),
    "all ports but this name": (
        (policy("a", ingress=rule(protocol="TCP", destination={"notPorts": ["web"]})),),
        False,
    ),
    "another protocol": ((policy("a", ingress=rule(protocol="UDP")),), False),
    "all but another protocol": ((policy("a", ingress=rule(notProtocol="UDP")),), True),
    "by the source's label": ((policy("a", ingress=of(selector="role == 'client'")),), True),
    "by a label of the source's network": ((policy("a", ingress=of(selector=states.FRONTEND)),), True),
    "by a label that the source has not": ((policy("a", ingress=of(selector="role == 'web'")),), False),
    "by a label that the source must not have": ((policy("a", ingress=of(notSelector="role == 'client'")),), False),
    "by a label that it happens not to have": ((policy("a", ingress=of(notSelector="role == 'web'")),), True),
    "by nets of both families": (
        (policy("a", ingress=[*of(nets=["10.65.0.0/24"]), *of(nets=["fd65::/64"])]),),
        True,
    ),
    "by all nets but the source's": (
        (policy("a", ingress=[*of(notNets=["10.65.0.1/32"]), *of(notNets=["fd65::1/128"])]),),
        False,
    ),
    "selector and nets must both hold": (
        (policy("a", ingress=of(selector="role == 'client'", nets=["192.0.2.0/24"])),),
        False,
    ),
    "an invalid rule denies, whatever else the policy says": (
        (policy("a", ingress=[*ALLOW, {"action": "Maybe"}]),),
        False,
    ),
    "an invalid policy later in the order comes too late": (
        (policy("a", ingress=ALLOW), policy("b", ingress=[{"action": "Maybe"}])),
        True,
    ),
    "a policy for hosts' own interfaces changes nothing": (
        (policy("a", ingress=ALLOW, doNotTrack=True, applyOnForward=True),),
        False,
    ),
}


@pytest.mark.parametrize(("policies", "passes"), list(CASES.values()), ids=list(CASES))
def test_semantics(world: tuple[Host, Place, Place], policies: tuple[records.Change, ...], passes: bool) -> None:
    host, one, three = world
    host.apply((*BASE, *policies))
    with traffic.listening(three, 80):
        pairs = [(one.space, address, 80) for address in three.addresses.values()]
        assert traffic.reaching(pairs) == [passes, passes]


ONE_FAMILY = {
    "nets of IPv4": (of(nets=["10.65.0.0/24"]), [True, False]),
    "nets of IPv6": (of(nets=["fd65::/64"]), [False, True]),
    "all but a net of IPv4 is nothing in IPv6": (of(notNets=["192.0.2.0/24"]), [True, False]),
    "by version": (rule(ipVersion=6), [False, True]),
}


@pytest.mark.parametrize(("ingress", "passes"), list(ONE_FAMILY.values()), ids=list(ONE_FAMILY))
def test_a_rule_of_one_family_is_never_wider_in_the_other(
    world: tuple[Host, Place, Place], ingress: list[dict[str, Any]], passes: list[bool]
) -> None:
    host, one, three = world
    host.apply((*BASE, policy("a", ingress=ingress)))
    with traffic.listening(three, 80):
        assert traffic.reaching([(one.space, address, 80) for address in three.addresses.values()]) == passes


PINGS = {
    "by type": ([*rule(protocol="ICMP", icmp={"type": 8}), *rule(protocol="ICMPv6", icmp={"type": 128})], True),
    "by type and code": (
        [*rule(protocol="ICMP", icmp={"type": 8, "code": 0}), *rule(protocol="ICMPv6", icmp={"type": 128, "code": 0})],
        True,
    ),
    "another code": (
        [*rule(protocol="ICMP", icmp={"type": 8, "code": 1}), *rule(protocol="ICMPv6", icmp={"type": 128, "code": 1})],
        False,
    ),
    "all but this type": (
        [*rule(protocol="ICMP", notICMP={"type": 8}), *rule(protocol="ICMPv6", notICMP={"type": 128})],
        False,
    ),
    "all but this type with another code": (
        [
            *rule(protocol="ICMP", notICMP={"type": 8, "code": 1}),
            *rule(protocol="ICMPv6", notICMP={"type": 128, "code": 1}),
        ],
        True,
    ),
}


@pytest.mark.parametrize(("ingress", "passes"), list(PINGS.values()), ids=list(PINGS))
def test_pings(world: tuple[Host, Place, Place], ingress: list[dict[str, Any]], passes: bool) -> None:
    host, one, three = world
    host.apply((*BASE, policy("a", ingress=ingress)))
    assert [traffic.answers(one, address) for address in three.addresses.values()] == [passes, passes]
