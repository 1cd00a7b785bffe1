"""Inside the test image: how long a new endpoint takes from the store to the kernel. Prints JSON.

python3 -m tests.benchmarks.programming
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from ansible_collections.calico.docker.plugins.module_utils import store
from calico_node.agent import server
from calico_node.libnetwork import unix_http
from tests.benchmarks.figures import SAMPLES
from tests.netns.waiting import until
from tests.states import records

NODE = "host1"
CLIENTS, PEERS = "http://127.0.0.1:2379", "http://127.0.0.1:2380"
OTHERS = (0, 100, 500)
FIRST_SAMPLE = 10_000


def main() -> None:
    """Fill the host step by step, and measure at each step."""
    found = {}
    with tempfile.TemporaryDirectory() as directory, running(directory) as datastore:
        write(datastore, records.network("frontend"))
        present = 0
        for others in OTHERS:
            for number in range(present + 1, others + 1):
                cable(number)
            revisions = [write(datastore, records.endpoint(number)) for number in range(present + 1, others + 1)]
            if revisions:
                wait(others, revisions[-1])
            present = others
            samples = [sample(datastore, FIRST_SAMPLE + number) for number in range(SAMPLES)]
            found[others] = {
                "written": [written for written, _programmed in samples],
                "programmed": [programmed for _written, programmed in samples],
            }
    sys.stdout.write(json.dumps(found))


@contextlib.contextmanager
def running(directory: str) -> Iterator[store.Store]:
    """An etcd and an agent."""
    server.SOCKET.parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path("/var/lib/calico/bird").mkdir(parents=True, exist_ok=True)
    etcd = ["etcd", f"--data-dir={directory}/etcd", f"--listen-client-urls={CLIENTS}", f"--listen-peer-urls={PEERS}"]
    etcd += [f"--advertise-client-urls={CLIENTS}", f"--initial-advertise-peer-urls={PEERS}"]
    etcd += [f"--initial-cluster=default={PEERS}"]
    environment = {**os.environ, "NODENAME": NODE, "ETCD_ENDPOINTS": CLIENTS}
    agent = [sys.executable, "-m", "calico_node.agent"]
    log = pathlib.Path(directory, "log")
    with log.open("wb") as output, contextlib.ExitStack() as stack:
        for command in (etcd, agent):
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        datastore = stack.enter_context(store.open(store.Config(endpoints=(CLIENTS,))))
        try:
            until(ready, seconds=30)
            yield datastore
        except AssertionError:
            sys.stderr.write(log.read_text())
            raise


def ready() -> bool:
    try:
        _code, status = unix_http.call(str(server.SOCKET), "GET", "/status", timeout=5)
    except unix_http.Unreachable:
        return False
    return bool(status["inSync"] and not status["errors"])


def sample(datastore: store.Store, number: int) -> tuple[float, float]:
    """Milliseconds until etcd has a new endpoint, and until the kernel has."""
    cable(number)
    begun = time.perf_counter()
    revision = write(datastore, records.endpoint(number))
    written = time.perf_counter()
    wait(number, revision)
    programmed = time.perf_counter()
    datastore.commit({}, [records.endpoint(number).key])
    subprocess.run(["ip", "link", "delete", interface(number)], check=True)
    return 1000 * (written - begun), 1000 * (programmed - begun)


def write(datastore: store.Store, change: records.Change) -> int:
    return datastore.commit({change.key: json.loads(change.value or b"")})


def wait(number: int, revision: int) -> None:
    """As the plugin waits before a container starts."""
    name = records.endpoint(number).key.rpartition("/")[2]
    body = {"endpoint": name, "revision": revision, "timeout": 60}
    code, answer = unix_http.call(str(server.SOCKET), "POST", "/wait", body, timeout=70)
    assert code == 200, answer


def interface(number: int) -> str:
    return f"cali{number:011x}"


def cable(number: int) -> None:
    """A veth pair as the plugin makes it, its far end left here."""
    far = f"far{number}"
    add = ["ip", "link", "add", interface(number), "up", "type", "veth", "peer", "name", far]
    subprocess.run(add, check=True)
    subprocess.run(["ip", "link", "set", far, "up"], check=True)


if __name__ == "__main__":
    main()
