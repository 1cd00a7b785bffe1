"""From any store to any other one: no packet sees anything between the two.

What neither store lets pass never passes, and what both let pass is never lost, while the agent goes on from one to the
other. Each step is one write; which packets are tried, the verdict says. Network sets change first, then all else, as
docs/limitations.md asks for: the kernel takes in the networks of a set in use a moment after all other elements.
"""

import contextlib
import pathlib
from collections.abc import Callable, Iterator, Sequence

import hypothesis
import pytest
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder, verdict
from tests.states import host_stores, stores, walks
from tests.states.records import Change

from . import processes
from .hosts import Host
from .namespaces import World
from .packets import cell, oracles, traffic
from .packets.prober import Prober
from .waiting import until

Store = Sequence[Change]

STEPS = 40
PACKETS_A_STEP = 200
# Half a policy in the kernel for a millisecond would be forty packets.
RACES = 1


@pytest.fixture
def made(tmp_path: pathlib.Path) -> Iterator[cell.Cell]:
    with World() as world, Host(world, tmp_path) as host:
        yield cell.Cell(world, host)


class Steps:
    """Goes on from store to store; ``apply`` is told the changes and what they lead to."""

    def __init__(self, made: cell.Cell, wires: cell.Wires, apply: Callable[[Store, Store], None]) -> None:
        self._made = made
        self._wires = wires
        self._apply = apply
        self._current: Store = ()

    def go(self, store: Store, seed: int) -> None:
        """Its network sets beside what else there is, then the rest."""
        beside = [change for change in self._current if not _is_set(change)]
        sets_first = (*beside, *filter(_is_set, store))
        if walks.between(self._current, sets_first):
            self._step(sets_first, seed)
        self._step(store, seed)

    def _step(self, store: Store, seed: int) -> None:
        forbidden, required = self._unchanged(store, seed)
        self._made.forget_connections()
        with Prober(self._wires, forbidden, required) as prober:
            self._apply(walks.between(self._current, store), store)
            prober.wait(0.01)
        try:
            prober.judge(races=RACES)
        except AssertionError as error:
            told = ("from", *map(oracles.shown, self._current), "to", *map(oracles.shown, store))
            pytest.fail("\n".join((*told, str(error))), pytrace=False)
        self._current = store

    def _unchanged(self, store: Store, seed: int) -> tuple[list[traffic.Sent], list[traffic.Sent]]:
        """What neither of the stores lets pass, and what both let pass, to the same place."""
        before, after = (verdict.Oracle(snapshot_builder.build(one, 1)) for one in (self._current, store))
        found: dict[bool, list[traffic.Sent]] = {False: [], True: []}
        packets = list(traffic.packets(seed, PACKETS_A_STEP))
        afterwards = dict(oracles.expected(after, packets))
        for sent, passes in oracles.expected(before, packets):
            if afterwards.get(sent) == passes:
                found[passes].append(sent)
        return found[False], found[True]


def _is_set(change: Change) -> bool:
    """Whether it is a record of networks."""
    return "networksets/" in change.key


def some(any_store: st.SearchStrategy[tuple[Change, ...]], seed: int) -> list[tuple[Store, int]]:
    """Random stores, and where their packets start from. They are one story, so nothing can shrink."""
    found: list[tuple[Store, int]] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=STEPS, phases=[hypothesis.Phase.generate], suppress_health_check=list(hypothesis.HealthCheck)
    )
    @hypothesis.given(any_store, st.integers(0, 2**32 - 1))
    def collect(store: Store, seed: int) -> None:
        found.append((store, seed))

    collect()
    return found


def test_by_an_agent_and_etcd(made: cell.Cell, tmp_path: pathlib.Path, pytestconfig: pytest.Config) -> None:
    etcd, agent = processes.Etcd(made.host, tmp_path), processes.Agent(made.host, tmp_path)

    def apply(changes: Store, _store: Store) -> None:
        revision = etcd.commit(changes) if changes else 0
        until(lambda: (found := agent.status())["revision"] >= revision and not found["errors"])

    with made.open() as wires, contextlib.closing(agent):
        agent.start()
        steps = Steps(made, wires, apply)
        for store, seed in some(stores.WORKLOADS, pytestconfig.getoption("seed")):
            steps.go(store, seed)


def test_of_hosts(made: cell.Cell, pytestconfig: pytest.Config) -> None:
    """Without the processes: some of these stores cut the agent off from etcd, as they should."""

    def apply(_changes: Store, store: Store) -> None:
        made.host.apply(store)

    with made.open() as wires:
        made.host.apply(())
        steps = Steps(made, wires, apply)
        for store, seed in some(host_stores.HOSTS, pytestconfig.getoption("seed")):
            steps.go(store, seed)
