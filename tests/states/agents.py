"""The part of the agent that needs no kernel: what remembers, and the plain calculation as its oracle."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder, snapshots
from calico_node.calc import bgp, hosts
from calico_node.calc.calculator import Calculator
from calico_node.render import bird, nft, routes, tables
from calico_node.render.upkeep import Upkeep

from . import states
from .records import Change

Dataplane = tuple[nft.Table, routes.Routes, str]


def dataplane(snapshot: snapshots.Snapshot) -> Dataplane:
    """Calculated from the whole snapshot, without memory."""
    state = hosts.calculate(snapshot, "host1")
    return tables.table(state), routes.routes(state), bird.render(bgp.configuration(snapshot, "host1"))


ORACLE = {name: dataplane(snapshot_builder.build(changes, 1)) for name, changes in states.STATES.items()}


class Agent:
    """What remembers: the snapshot that grows by events, and what is kept up to date with it."""

    def __init__(self) -> None:
        self.snapshot = snapshots.Snapshot()
        self.calculator = Calculator("host1")
        self.upkeep = Upkeep()
        self.hear(())

    def hear(self, changes: Iterable[Change]) -> None:
        """Take in events, and work out what they change."""
        self.snapshot = snapshot_builder.apply(self.snapshot, changes, 1)
        self.update = self.calculator.update(self.snapshot)
        self.upkeep.update(self.update)

    def dataplane(self) -> Dataplane:
        text = bird.render(bgp.configuration(self.snapshot, "host1"))
        return self.upkeep.table, routes.routes(self.update.state), text
