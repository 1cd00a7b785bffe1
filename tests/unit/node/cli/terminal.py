"""calicoctl with a datastore in memory and a terminal that can be read."""

from __future__ import annotations

import dataclasses
import io
import pathlib

from calico_node.cli import context, main
from tests.fakes import cluster
from tests.fakes.store import FakeStore


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    code: int
    output: str
    errors: str


@dataclasses.dataclass(slots=True)
class Terminal:
    directory: pathlib.Path
    store: FakeStore = dataclasses.field(default_factory=FakeStore)
    clock: cluster.Clock = dataclasses.field(default_factory=cluster.Clock)
    environ: dict[str, str] = dataclasses.field(default_factory=lambda: {"ETCD_ENDPOINTS": "http://127.0.0.1:2379"})
    answering: set[str] = dataclasses.field(default_factory=set)  # addresses at which a machine answers

    def run(self, *words: str, stdin: str = "") -> Result:
        output, errors = io.StringIO(), io.StringIO()
        used = context.Context(
            environ=self.environ,
            stdin=io.StringIO(stdin),
            stdout=output,
            stderr=errors,
            open_store=lambda _config: self.store,
            settings_file=self.directory / "calicoctl.cfg",
            agent_socket=self.directory / "agent.sock",
            bird_socket=self.directory / "bird.ctl",
            tcp_counters=self.directory / "netstat",
            engine_socket=self.directory / "docker.sock",
            clock=self.clock,
            answers=lambda address: str(address) in self.answering,
        )
        try:
            code = main.main(words, used)
        except SystemExit as exit_:  # argparse
            code = int(exit_.code or 0)
        return Result(code, output.getvalue(), errors.getvalue())
