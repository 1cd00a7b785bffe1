"""etcd on loopback, and a client that does as little work as can be while the clock runs."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
from collections.abc import Iterable, Iterator
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.store.library import etcdrpc, grpc
from tests.netns.waiting import until
from tests.states.records import Change

CLIENTS = "http://127.0.0.1:2379"
_PEERS = "http://127.0.0.1:2380"
_BATCH = 100  # etcd takes 128 operations in a transaction


class Datastore:
    """Writes whatever it is given."""

    def __init__(self) -> None:
        self._channel = grpc.insecure_channel(f"ipv4:{CLIENTS.removeprefix('http://')}")
        self._put = self._channel.unary_unary("/etcdserverpb.KV/Put")
        self._commit = self._channel.unary_unary("/etcdserverpb.KV/Txn")
        self._delete = self._channel.unary_unary("/etcdserverpb.KV/DeleteRange")

    def answers(self) -> bool:
        try:
            self.delete("nothing")
        except grpc.RpcError:
            return False
        return True

    def send(self, request: bytes) -> None:
        """Write what ``request`` made."""
        self._put(request)

    def burst(self, requests: Iterable[bytes]) -> None:
        """Each a write of its own, as fast as etcd takes them; returns after the last."""
        for answer in [self._put.future(request) for request in requests]:
            answer.result()

    def fill(self, changes: Iterable[Change]) -> None:
        """Many records, not timed."""
        operations = [etcdrpc.RequestOp(request_put=_put(change)) for change in changes]
        for start in range(0, len(operations), _BATCH):
            self._commit(etcdrpc.TxnRequest(success=operations[start : start + _BATCH]).SerializeToString())

    def delete(self, *keys: str) -> None:
        for key in keys:
            self._delete(etcdrpc.DeleteRangeRequest(key=key.encode()).SerializeToString())


def request(change: Change) -> bytes:
    """What ``send`` and ``burst`` take: made before the clock starts."""
    return bytes(_put(change).SerializeToString())


def _put(change: Change) -> Any:
    return etcdrpc.PutRequest(key=change.key.encode(), value=change.value)


@contextlib.contextmanager
def running(directory: pathlib.Path) -> Iterator[Datastore]:
    """An etcd that does not wait for the disk: a disk is not what is measured here."""
    command = ["etcd", f"--data-dir={directory / 'etcd'}", "--unsafe-no-fsync"]
    command += [f"--listen-client-urls={CLIENTS}", f"--advertise-client-urls={CLIENTS}"]
    command += [f"--listen-peer-urls={_PEERS}", f"--initial-advertise-peer-urls={_PEERS}"]
    command += [f"--initial-cluster=default={_PEERS}"]
    with (directory / "etcd.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        store = Datastore()
        until(store.answers)
        yield store
    finally:
        process.kill()
        process.wait()
