"""What every scenario begins with: a host, etcd beside it, and an ear on its kernel."""

from __future__ import annotations

import contextlib
import pathlib
import tempfile
import time
from collections.abc import Iterable, Iterator

from tests.benchmarks.agent import datastore, kernel, machine, population
from tests.states import records

# By figure and by unit.
Samples = dict[str, dict[str, list[float]]]


class Bench:
    """A host with etcd and the agent of ``code``, and what the kernel tells of it."""

    def __init__(self, code: pathlib.Path, directory: pathlib.Path, store: datastore.Datastore) -> None:
        self.store = store
        self.kernel = kernel.Observer()
        self._code = code
        self._directory = directory

    @contextlib.contextmanager
    def agent(self) -> Iterator[machine.Agent]:
        with machine.running(self._code, self._directory) as agent:
            yield agent

    def timed(self, change: records.Change, wanted: Iterable[kernel.Value]) -> float:
        """Milliseconds from the begin of a write until the kernel has told of all that is wanted."""
        request, values = datastore.request(change), list(wanted)
        begun = time.perf_counter()
        self.store.send(request)
        return 1000 * (self.kernel.await_all(values) - begun)


@contextlib.contextmanager
def bench(code: pathlib.Path, contents: Iterable[records.Change] | None = None) -> Iterator[Bench]:
    """A store with networks and policies, and no endpoint yet."""
    machine.prepare()
    with tempfile.TemporaryDirectory() as name, datastore.running(pathlib.Path(name)) as store:
        store.fill(population.cluster() if contents is None else contents)
        yield Bench(code, pathlib.Path(name), store)
