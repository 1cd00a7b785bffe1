from collections.abc import Iterator

import pytest

from tests.lab import facts, hosts, playbooks


@pytest.fixture(scope="session", autouse=True)
def settled() -> None:
    """The tests start from a network that converged: what they see after that is their own doing."""
    for host in hosts.HOSTS:
        facts.check(facts.established(host), patience=60)


@pytest.fixture
def opened() -> Iterator[None]:
    """TCP 5432 is open from frontend to backend."""
    assert playbooks.play("molecule/lab/policy.yml").code == 0
    yield
    assert playbooks.play("molecule/lab/policy.yml", "--extra-vars=policy_state=absent").code == 0
