"""Two readings of Calico's semantics meet: what the kernel does to real packets is what the model's verdict says.

Any store is applied after any other one, so the agent's incremental way to the kernel is walked too. A failure shrinks
to few records. To see it again: `make netns ARGS="--seed=N tests/netns/test_kernel_and_verdict.py"`.
"""

import pathlib
from collections.abc import Iterator

import hypothesis
import pytest
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder, verdict
from tests.states import host_stores, stores
from tests.states.records import Change

from .hosts import Host
from .namespaces import World
from .packets import cell, oracles, traffic
from .packets.judge import Difference, Judge
from .packets.traffic import Sent

PACKETS_A_STORE = 100
STORES = {
    "a rule decides alone": stores.RULES,
    "all sorts of policy decide together": stores.WORKLOADS,
    "the host is under policy too": host_stores.HOSTS,
}
PHASES = (hypothesis.Phase.generate, hypothesis.Phase.shrink)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cell.Cell]:
    with World() as world, Host(world, pathlib.Path(tmp_path_factory.mktemp("host"))) as host:
        yield cell.Cell(world, host)


class Store(tuple[Change, ...]):
    """Hypothesis shows what failed, and would bury the message under it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "the store above"


def report(store: Store, oracle: verdict.Oracle, found: list[Difference]) -> str:
    """What a person needs to see who of the two is wrong."""
    first = found[0]
    answer = oracles.said(oracle, first.sent)
    steps = (f"  {step.endpoint} {step.direction} {step}: {step.outcome}" for step in answer.trail)
    return "\n".join(
        (*map(oracles.shown, store), f"{first}, the verdict is {answer} ({len(found)} such packets)", *steps)
    )


def prove(made: cell.Cell, any_store: st.SearchStrategy[tuple[Change, ...]], config: pytest.Config) -> None:
    """A share of the packets that are wanted, from random stores."""
    count = -(-config.getoption("packets") // len(STORES) // PACKETS_A_STORE)
    suspects: list[Sent] = []

    @hypothesis.seed(config.getoption("seed"))
    @hypothesis.settings(max_examples=count, phases=PHASES, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(any_store.map(Store), st.integers(0, 2**32 - 1))
    def agree(store: Store, packets_seed: int) -> None:
        made.host.apply(store)
        made.forget_connections()
        oracle = verdict.Oracle(snapshot_builder.build(store, 1))
        # Once something differs the store alone is to shrink.
        packets = suspects or list(traffic.packets(packets_seed, PACKETS_A_STORE))
        sent, passing = zip(*oracles.expected(oracle, packets), strict=True)
        if found := judge.differences(sent, passing):
            different = {traffic.connection_of(one.sent.packet) for one in found}
            suspects[:] = suspects or [one for one in packets if traffic.connection_of(one.packet) in different]
            pytest.fail(report(store, oracle, found), pytrace=False)

    with made.open() as wires:
        judge = Judge(wires)
        agree()


@pytest.mark.parametrize("name", STORES)
def test_kernel_and_verdict_agree(made: cell.Cell, pytestconfig: pytest.Config, name: str) -> None:
    prove(made, STORES[name], pytestconfig)
