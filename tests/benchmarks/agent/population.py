"""What the store holds: networks, policies, endpoints here and elsewhere."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator

from tests.benchmarks.agent.machine import NODE
from tests.states import records
from tests.states.records import Change

NETWORKS = tuple(f"network{number}" for number in range(20))
ROLES = tuple(f"role{number}" for number in range(10))
# Two of one network, and by their roles the first takes connections from the second.
PAIR = (1, 1 + len(NETWORKS))
LOCAL, REMOTE, HOSTS = 500, 10_000, 100
# Numbers of endpoints: those of this host, those of others, those that come while the clock runs.
FIRST_REMOTE, FIRST_NEW = 1_000, 20_000
OTHERS = range(100, 100 + LOCAL - len(PAIR))


def cluster() -> Iterator[Change]:
    """The networks and some policies that concern every endpoint."""
    yield from map(records.network, NETWORKS)
    for role, peer in itertools.pairwise((*ROLES, ROLES[0])):
        allow = {"action": "Allow", "protocol": "TCP", "source": {"selector": f'role == "{peer}"'}}
        ports = {"destination": {"ports": [80, "8000:8100"]}}
        yield records.policy(role, selector=f'role == "{role}"', ingress=[allow | ports], egress=[{"action": "Allow"}])


@functools.cache
def endpoint(number: int, node: str = NODE) -> Change:
    """One of a network and a role that others have too."""
    network, role = NETWORKS[number % len(NETWORKS)], ROLES[number // len(NETWORKS) % len(ROLES)]
    return records.endpoint(number, node=node, networks=[network], labels={"role": role})


def local(count: int = LOCAL) -> Iterator[Change]:
    return (endpoint(number) for number in range(1, count + 1))


def remote(count: int = REMOTE, first: int = FIRST_REMOTE) -> Iterator[Change]:
    return (endpoint(number, f"host{2 + number % HOSTS}") for number in range(first, first + count))


def few() -> Iterator[Change]:
    """Two endpoints and the two policies that concern them."""
    names = {f"/{NETWORKS[1]}", *(f"/{role}" for role in ROLES[:2])}
    yield from (change for change in cluster() if any(change.key.endswith(name) for name in names))
    yield from map(endpoint, PAIR)


def many() -> Iterator[Change]:
    """The same beside 498 endpoints here with a policy each, and 9,500 elsewhere."""
    yield from few()
    yield from remote(REMOTE - LOCAL)
    for number in OTHERS:
        allow = {"action": "Allow", "source": {"selector": f'unit == "u{number + 1}"'}}
        yield records.policy(f"unit{number}", selector=f'unit == "u{number}"', ingress=[allow])
        yield records.endpoint(number, networks=[NETWORKS[1]], labels={"unit": f"u{number}"})
