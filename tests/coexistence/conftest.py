"""The host of tests/netns with containers on it, for tests beside other writers of firewall rules."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from tests.coexistence.neighbours import Neighbourhood
from tests.netns.hosts import Host
from tests.netns.namespaces import World


@pytest.fixture
def host(tmp_path: pathlib.Path) -> Iterator[Host]:
    with World() as world, Host(world, tmp_path) as made:
        yield made


@pytest.fixture
def neighbourhood(host: Host) -> Neighbourhood:
    return Neighbourhood(host)
