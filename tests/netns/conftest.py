"""What several kernel tests begin with: host1 of the test states, the agent's process, a crossroads, one etcd."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator

import pytest

from . import etcds, processes
from .crossroads import Net
from .hosts import Host
from .namespaces import World


@pytest.fixture
def host(tmp_path: pathlib.Path) -> Iterator[Host]:
    with World() as world, Host(world, tmp_path) as made:
        yield made


@pytest.fixture
def etcd(host: Host, tmp_path: pathlib.Path) -> processes.Etcd:
    return processes.Etcd(host, tmp_path)


@pytest.fixture
def agent(host: Host, tmp_path: pathlib.Path) -> Iterator[processes.Agent]:
    made = processes.Agent(host, tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    with World() as world, Host(world, tmp_path_factory.mktemp("host")) as host:
        yield Net(host)


@pytest.fixture
def foreign(net: Net, tmp_path: pathlib.Path) -> Iterator[Callable[[str], None]]:
    """Loads rules of somebody else, which are gone after the test."""

    def load(rules: str) -> None:
        (tmp_path / "foreign.nft").write_text(f"table inet foreign {{ {rules} }}")
        net.host.space.run("nft", "-f", str(tmp_path / "foreign.nft"))

    yield load
    net.host.space.succeeds("nft", "delete", "table", "inet", "foreign")


@pytest.fixture
def url(tmp_path: pathlib.Path) -> Iterator[str]:
    """Where an etcd of one member answers."""
    member = etcds.Member(tmp_path, "m0")
    with etcds.running(member):
        yield member.url
