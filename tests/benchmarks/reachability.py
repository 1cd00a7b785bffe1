"""How long it takes to say what a change of policy does: python3 -m tests.benchmarks.reachability [ENDPOINTS]

Prints a table and keeps each figure in build/bench/figures. Twenty networks on fifty hosts, a hundred policies, and
changes from one policy of one application to one that every endpoint is asked about.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import reachability, snapshot_builder, snapshots
from tests.benchmarks import figures
from tests.states import records

NETWORKS, HOSTS, APPLICATIONS, POLICIES = 20, 50, 50, 100
ROUNDS = 5
PASS = {"action": "Pass"}


def _policy(number: int, port: int) -> records.Change:
    """An application is open at one port to one role."""
    rule = {
        "action": "Allow",
        "protocol": "TCP",
        "source": {"selector": f"role == 'r{number % 5}'"},
        "destination": {"ports": [port]},
    }
    selector = f"app == 'a{number % APPLICATIONS}'"
    return records.policy(f"p{number}", selector=selector, types=["Ingress"], ingress=[rule])


def _for_all(**rules: list[dict[str, Any]]) -> records.Change:
    sides = {side: [*stated, PASS] for side, stated in rules.items()}
    return records.policy("all", order=1, types=[side.capitalize() for side in rules], **sides)


CHANGES: Mapping[str, records.Change] = {
    "one policy": _policy(3, 9000),
    "a policy for all": _for_all(ingress=[{"action": "Deny", "protocol": "TCP", "destination": {"ports": [22]}}]),
    "both ways, by addresses": _for_all(
        ingress=[{"action": "Allow", "protocol": "UDP", "source": {"nets": ["10.65.0.0/24"]}}],
        egress=[{"action": "Deny", "protocol": "TCP", "destination": {"ports": [25]}}],
    ),
    "a profile's labels": records.profile("net0", labelsToApply={"x": "y"}, egress=[{"action": "Allow"}]),
}


def cluster(endpoints: int) -> snapshots.Snapshot:
    """The store before the change."""
    networks = [records.network(f"net{number}") for number in range(NETWORKS)]
    containers = [
        records.endpoint(
            number,
            node=f"host{number % HOSTS}",
            networks=[f"net{number % NETWORKS}"],
            labels={"role": f"r{number % 5}", "app": f"a{number % APPLICATIONS}"},
        )
        for number in range(1, endpoints + 1)
    ]
    policies = [_policy(number, 1000 + number) for number in range(POLICIES)]
    return snapshot_builder.build([*networks, *containers, *policies], 1)


def main(endpoints: int = 10_000) -> None:
    before = cluster(endpoints)
    measured = []
    for name, change in CHANGES.items():
        after = snapshot_builder.apply(before, [change], 2)
        samples = tuple(_seconds(before, after) for _round in range(ROUNDS))
        measured.append(figures.Figure(f"reachability of {endpoints} endpoints, {name}", "s", samples))
    for figure in measured:
        figure.keep()
    print(figures.table(measured))  # noqa: T201 - its work


def _seconds(before: snapshots.Snapshot, after: snapshots.Snapshot) -> float:
    started = time.monotonic()
    reachability.reachability(before, after).lines()
    return time.monotonic() - started


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
