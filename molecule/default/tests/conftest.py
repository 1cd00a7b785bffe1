from collections.abc import Iterator

import pytest

from tests.lab import facts, hosts, playbooks


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What leaves most behind comes first, what looks for it late: the network clears it up meanwhile.

    Last a host is taken away.
    """
    places = {"test_churn": 0, "test_restarts": 0, "test_books": 2, "test_remove": 3}
    items.sort(key=lambda item: places.get(item.path.stem, 1))


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
