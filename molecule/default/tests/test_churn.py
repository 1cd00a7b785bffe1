"""Containers come and go at random on all hosts while parts are killed at random: none is stuck, no address has two
containers. SEED=NUMBER repeats a run's choices; FULL makes it last. What it leaves is for test_books.py.
"""

import os
import secrets
from collections.abc import Iterator

import pytest

from tests.lab import churn, events, facts, hosts, ledger

SEED = int(os.environ.get("SEED") or secrets.randbelow(10**6))
SECONDS = 600 if os.environ.get("FULL") else 60
DRIVER = f"--driver calico --ipam-driver calico --subnet {churn.SUBNET}"
PEERS = {"frontend": "web4", "backend": "db2"}


@pytest.fixture
def networks() -> Iterator[None]:
    """The network for addresses by name; at the end nothing of the test is left to the engines."""
    for host in hosts.HOSTS:
        hosts.must(host, f"docker network create {DRIVER} {churn.NAMED}")
    yield
    for host in hosts.HOSTS:
        churn.remove(host)
        hosts.must(host, f"docker network rm {churn.NAMED}")
    # Docker starts a container again once. Killed with the plugin in the middle of that, it gives the container up.
    for name, place in hosts.containers().items():
        hosts.must(place["host"], f"docker start {name}")


def are_reachable(host: str, network: str, names: list[str]) -> None:
    for name in names:
        for address in hosts.addresses(host, name).values():
            facts.check(facts.answers(PEERS[network], address, f"{name} of {host}"))


@pytest.mark.usefixtures("networks")
@pytest.mark.parametrize("seed", [pytest.param(SEED, id=f"seed {SEED}")])
def test_nothing_is_stuck_and_no_address_is_given_twice(seed: int) -> None:
    play = churn.Play(seed)
    doubles: set[str] = set()
    play.during(SECONDS, lambda: doubles.update(ledger.doubles()))
    assert not doubles
    assert not [str(attempt) for attempt in play.attempts if attempt.answer is None]
    assert not [str(attempt) for attempt in play.attempts if "Traceback" in str(attempt)]
    for host in hosts.HOSTS:
        events.is_back(host)
    for tenant in play.tenants:
        assert any(attempt.succeeded for attempt in tenant.attempts), tenant.attempts
        for network in PEERS:
            are_reachable(tenant.host, network, churn.running(tenant.host, network))
