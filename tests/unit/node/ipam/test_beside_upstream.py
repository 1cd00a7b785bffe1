"""Our allocator and one that writes as upstream's does, on the same and on other hosts, step by step in any order."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, keys
from calico_node.ipam import allocate, errors
from tests.fakes import cluster
from tests.unit.node.ipam.upstream import Steps, Upstream
from tests.unit.node.ipam.world import ANY4, allocator, fake, handles

POOL = ipaddress.ip_network("10.65.0.0/29")
HOSTS = ("host1", "host2")
ACTS = ["assign", "assign", "release", "wait", *["theirs"] * 4, *["go on"] * 16]
STEPS = st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(HOSTS), st.integers(0, 7)), min_size=20, max_size=120)


@settings(max_examples=60)
@given(STEPS)
def test_no_address_has_two_holders_and_every_book_agrees_when_all_are_done(steps: list[tuple[str, str, int]]) -> None:
    both = Both()
    for act, host, number in steps:
        both.act(act, host, number)
        both.check()
    both.end()


def test_both_fill_a_pool_together() -> None:
    both = Both()
    for number in range(8):
        both.act("assign" if number % 2 else "theirs", "host1", 0)
        while both.running:
            both.act("go on", "host1", number)
    assert sorted(both.held) == list(POOL)
    with pytest.raises(errors.Exhausted):
        allocator(both.store, "host2", both.clock).assign(ANY4)
    both.end()


class Both:
    """``held``: who has which address, by handle; ours with the name of the host."""

    def __init__(self) -> None:
        self.store = fake({"p1": {"cidr": str(POOL), "blockSize": 31}}, hosts=HOSTS)
        self.clock = cluster.Clock()
        self.held: dict[Any, tuple[str, str]] = {}
        self.running: list[tuple[Steps, str, str]] = []  # upstream's calls, with host and handle
        self.started = 0

    def act(self, act: str, host: str, number: int) -> None:
        self.clock.now += 0.001
        # Between our reading and our writing they go on too.
        self.store.before_commit[:] = [lambda: self._interrupt(number)] if act in ("assign", "release") else []
        if act == "assign":
            self._assign(host)
        elif act == "release" and self.held:
            self._release(sorted(self.held)[number % len(self.held)])
        elif act == "wait":
            self.clock.now += 20 * number
        elif act == "theirs":
            self.started += 1
            handle = f"theirs-{self.started}"
            self.running.append((self._client(host).assign(handle), host, handle))
        elif act == "go on" and self.running:
            self._go_on(number % len(self.running))
        self.store.before_commit.clear()

    def _interrupt(self, number: int) -> None:
        for _time in range(number):
            if self.running:
                self._go_on(number % len(self.running))

    def check(self) -> None:
        """What a call has handed out is taken, by the right handle."""
        stored = {
            address: holder
            for key, document in self.store.documents().items()
            if (cidr := keys.cidr_of(key)) is not None and key == keys.block(cidr)
            for address, holder in blocks.decode(cidr, document).holders()
        }
        for address, (host, handle) in self.held.items():
            assert stored[address]["handle_id"] == handle
            assert stored[address]["secondary"]["node"] == host

    def end(self) -> None:
        """When nobody is at work any more, nothing is left of what was given back."""
        self._finish()
        self.check()
        while self.held:
            self._release(min(self.held))
            self._finish()
        assert handles(self.store) == {}
        assert allocator(self.store, "host1", self.clock).held() == ()
        for host in HOSTS:
            allocator(self.store, host, self.clock).assign(ANY4)

    def _finish(self) -> None:
        while self.running:
            self._go_on(0)

    def _client(self, host: str) -> Upstream:
        return Upstream(self.store, self.clock, host, POOL, 31)

    def _assign(self, host: str) -> None:
        ours = allocate.Allocator(self.store, host, clock=self.clock)
        try:
            address = ours.assign(ANY4)
        except errors.Exhausted:
            return
        assert address not in self.held
        self.held[address] = (host, ours.handles_of([address])[address])

    def _release(self, address: Any) -> None:
        host, handle = self.held.pop(address)
        if handle.startswith("theirs-"):
            assert not allocator(self.store, host, self.clock).release(address)
            self.running.append((self._client(host).release(address, handle), host, handle))
        else:
            assert allocator(self.store, host, self.clock).release(address, handle)

    def _go_on(self, index: int) -> None:
        steps, host, handle = self.running[index]
        try:
            next(steps)
        except StopIteration as done:
            address = done.value
        else:
            return
        del self.running[index]
        if address is not None:
            assert address not in self.held
            self.held[address] = (host, handle)
