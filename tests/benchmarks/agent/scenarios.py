"""One run of one scenario, in a network namespace of its own. Prints its samples as JSON.

unshare --net python3 -m tests.benchmarks.agent.scenarios NAME CODE
"""

from __future__ import annotations

import json
import pathlib
import sys
import time
from collections.abc import Callable, Iterator

from tests.benchmarks.agent import datastore, kernel, machine, population, traffic
from tests.benchmarks.agent.bench import Bench, Samples, bench
from tests.states import records

OTHERS = (0, 100, 500)
WRITES, RULES = 25, 20
BURST = 1_000


def steady(code: pathlib.Path) -> Samples:
    """One more endpoint, and changed rules, beside more and more endpoints of this host."""
    found: Samples = {}
    with bench(code) as here, here.agent() as agent:
        present = 0
        for others in OTHERS:
            machine.cable(range(present + 1, others + 1))
            here.store.fill(map(population.endpoint, range(present + 1, others + 1)))
            present = others
            agent.settle()
            here.kernel.forget()
            found[f"write_to_kernel_{others}"] = {"ms": [_write(here, agent, number) for number in range(WRITES)]}
            if others:
                rules = _rules(here, agent, population.FIRST_NEW + others)
                found[f"rules_to_kernel_{others}"] = {"ms": rules}
        found["write_to_kernel_500_in_a_row"] = {"ms": [_write(here, agent, n, rest=False) for n in range(WRITES)]}
    return found


def _write(here: Bench, agent: machine.Agent, sample: int, *, rest: bool = True) -> float:
    """As the plugin does it: the cable, then the record; and then both are gone again.

    Without ``rest`` the next one meets an agent that still forgets the last one.
    """
    number = population.FIRST_NEW + sample
    change = population.endpoint(number)
    machine.cable([number])
    elapsed = here.timed(change, machine.programmed(number))
    here.store.delete(change.key)
    machine.uncable([number])
    if rest:
        agent.settle()
        here.kernel.forget()
    return elapsed


def _rules(here: Bench, agent: machine.Agent, first: int) -> list[float]:
    """A policy and a profile that concern every endpoint change in turn: another source may come in."""
    found = []
    for sample in range(RULES):
        source = f"203.0.{first % 200}.{sample + 1}"
        allow = [{"action": "Allow", "source": {"nets": [f"{source}/32"]}}]
        if sample % 2:
            change = records.policy("changing", selector="all()", ingress=[*allow, {"action": "Pass"}])
        else:
            labels = {"calico.docker/network": population.NETWORKS[0]}
            everything = [{"action": "Allow"}]
            change = records.profile(population.NETWORKS[0], labelsToApply=labels, ingress=allow, egress=everything)
        found.append(here.timed(change, [kernel.element(source)]))
        agent.settle()
        here.kernel.forget()
    return found


def large(code: pathlib.Path) -> Samples:
    """A host with 500 endpoints among 10,000 others: from the agent's start on, and then 1,000 new ones elsewhere."""
    found: Samples = {}
    with bench(code) as here:
        here.store.fill(population.local())
        here.store.fill(population.remote())
        machine.cable(range(1, population.LOCAL + 1))
        here.kernel.forget()
        values = list(_everything())
        begun = time.perf_counter()
        with here.agent() as agent:
            elapsed = here.kernel.await_all(values) - begun
            found["cold_start_500_10000"] = {"ms": [1000 * elapsed], "cpu_s": [agent.cpu_seconds]}
            agent.settle()
            found["rss_500_10000"] = {"mb": [agent.resident_bytes / 1e6]}
            found["burst_1000_remote"] = _burst(here, agent)
            found["write_to_kernel_500_10000"] = {"ms": [_write(here, agent, number) for number in range(WRITES)]}
            found["rss_after_changes"] = {"mb": [agent.resident_bytes / 1e6]}
    return found


def _everything() -> Iterator[kernel.Value]:
    for number in range(1, population.LOCAL + 1):
        yield from machine.programmed(number)
    for number in range(population.FIRST_REMOTE, population.FIRST_REMOTE + population.REMOTE):
        yield from map(kernel.element, records.default_addresses(number))


def _burst(here: Bench, agent: machine.Agent) -> dict[str, list[float]]:
    first = population.FIRST_REMOTE + population.REMOTE
    requests = [datastore.request(change) for change in population.remote(BURST, first)]
    numbers = range(first, first + BURST)
    values = [kernel.element(address) for number in numbers for address in records.default_addresses(number)]
    here.kernel.forget()
    before = agent.cpu_seconds
    here.store.burst(requests)
    written = time.perf_counter()
    elapsed = here.kernel.await_all(values) - written
    agent.settle()
    return {"ms": [1000 * max(elapsed, 0.0)], "cpu_s": [agent.cpu_seconds - before]}


SCENARIOS: dict[str, Callable[[pathlib.Path], Samples]] = {"steady": steady, "large": large, "traffic": traffic.compare}

if __name__ == "__main__":
    json.dump(SCENARIOS[sys.argv[1]](pathlib.Path(sys.argv[2])), sys.stdout)
