"""Promise 1 in a real kernel: whatever led to a state of the store, the kernel holds what a fresh start puts there."""

import pathlib
import random
from collections.abc import Iterator, Sequence

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder, snapshots
from calico_node.render import nft
from tests.states import states, walks
from tests.states.records import Change

from .hosts import Host
from .inside import inside
from .namespaces import World

SAMPLE = 6


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with World() as world, Host(world, pathlib.Path(tmp_path_factory.mktemp("host"))) as made:
        for number in range(1, 9):
            made.cable(world.space(f"c{number}"), f"cali{number:011x}")
        yield made


def apply(host: Host, snapshot: snapshots.Snapshot) -> None:
    with inside(host.space):
        outcome = host.order.apply(snapshot, host.interfaces(), lambda _outcome: None)
    assert outcome.errors == []


def kernel(host: Host) -> tuple[nft.Table | None, list[str]]:
    with inside(host.space):
        table = host.drivers.nft.read()
    routes = [*host.space.ip("route show proto 80").splitlines(), *host.space.ip("-6 route show proto 80").splitlines()]
    return table, sorted(routes)


@pytest.fixture(scope="module")
def fresh(host: Host) -> dict[str, tuple[nft.Table | None, list[str]]]:
    """What a new agent, which finds nothing of its own, makes of each state."""
    found = {}
    for name, changes in states.STATES.items():
        apply(host, snapshot_builder.build((), 1))
        host.drivers.nft.remove()
        host.order = host.restarted()
        apply(host, snapshot_builder.build(changes, 1))
        found[name] = kernel(host)
    return found


@pytest.mark.parametrize("way", walks.WAYS)
def test_each_pair_of_some_states(
    host: Host, fresh: dict[str, tuple[nft.Table | None, list[str]]], way: str, pytestconfig: pytest.Config
) -> None:
    """Which states they are is a matter of --seed; in memory it is all of them (tests/states/test_paths.py)."""
    names = random.Random(pytestconfig.getoption("seed")).sample(list(states.STATES), SAMPLE)  # noqa: S311
    snapshot = snapshot_builder.build((), 1)
    apply(host, snapshot)
    current: Sequence[Change] = ()
    for name in walks.through_all(names, 2):
        for batch in walks.WAYS[way](current, states.STATES[name]):
            snapshot = snapshot_builder.apply(snapshot, batch, 1)
            apply(host, snapshot)
        assert kernel(host) == fresh[name]
        current = states.STATES[name]
