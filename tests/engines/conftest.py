"""A site for each release of the engine that is asked for; after each test it must be as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .hosts import VERSIONS, Host
from .sites import Site


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--releases", default="sid", help="engines by Debian's release, separated by commas: bookworm, trixie, sid"
    )
    parser.addoption("--bodies", type=int, default=5000, help="how many random bodies the plugin's socket gets")
    parser.addoption("--slow", action="store_true", help="with the tests in which an engine waits for most of a minute")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: only with --slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow ones to those who ask for them."""
    if not config.getoption("--slow"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        items[:] = [item for item in items if item not in slow]
        config.hook.pytest_deselected(items=slow)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test of this directory that wants a site runs with each release."""
    if "release" in metafunc.fixturenames:
        releases = metafunc.config.getoption("--releases").split(",")
        metafunc.parametrize("release", releases, ids=[VERSIONS[name] for name in releases], scope="session")


@pytest.fixture(scope="session")
def running(release: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp(release), release) as site:
        yield site


@pytest.fixture
def site(running: Site) -> Iterator[Site]:
    """The site; a test that leaves anything behind fails."""
    yield running
    running.clean()


@pytest.fixture
def host(site: Site) -> Host:
    """A Docker host with everything on it."""
    return site.host(1)


@pytest.fixture
def other(site: Site) -> Host:
    """A second one, routed to the first by BIRD."""
    return site.host(2)
