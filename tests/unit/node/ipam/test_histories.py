"""Whatever hosts do to one small pool, and whoever interferes: addresses have one holder, and the books agree."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, keys
from calico_node.ipam import allocate, errors
from tests.fakes import cluster
from tests.unit.node.ipam.world import allocator, fake

POOLS = {
    "p1": {"cidr": "10.65.0.0/29", "blockSize": 31},
    "p2": {"cidr": "10.66.0.0/30", "blockSize": 31, "nodeSelector": "has(gpu)"},
    "p6": {"cidr": "fd65::/126", "blockSize": 127},
}
HOSTS = ("host1", "host2", "host3")
CONFIGS = st.fixed_dictionaries(
    {"auto_allocate_blocks": st.just(True)},
    optional={
        "strict_affinity": st.just(True),
        "maxBlocksPerHost": st.integers(1, 3),
        "ipCooldownSeconds": st.just(20),
    },
)
ACTS = st.sampled_from(
    ["assign", "assign", "assign", "release", "release", "ask", "wait", "label", "race", "break_off"]
)
STEPS = st.tuples(ACTS, st.sampled_from(HOSTS), st.integers(0, 15))


@settings(max_examples=40)
@given(st.none() | CONFIGS, st.lists(STEPS, min_size=20, max_size=60))
def test_each_address_has_one_holder_and_the_books_agree(
    config: dict[str, Any] | None, steps: list[tuple[str, str, int]]
) -> None:
    history = History(config)
    for act, host, number in steps:
        before = dict(history.blocks())
        getattr(history, act)(host, number)
        history.clock.now += 1
        history.check(before)
    history.end()


class History:
    """Hosts on one store; ``held`` is what they were given and have not given back."""

    def __init__(self, config: dict[str, Any] | None) -> None:
        self.store = fake(POOLS, hosts=HOSTS, config=config)
        self.clock = cluster.Clock()
        self.held: dict[Any, str] = {}
        self.broken: set[str] = set()  # affinities that were left by a writer that broke off

    def assign(self, host: str, number: int) -> None:
        self._take(host, allocate.Wish(6 if number % 3 == 0 else 4))

    def ask(self, host: str, number: int) -> None:
        self._take(host, allocate.Wish(4, address=ipaddress.ip_address(f"10.65.0.{number}")))

    def release(self, host: str, number: int) -> None:
        mine = sorted((address for address, holder in self.held.items() if holder == host), key=str)
        if mine:
            address = mine[number % len(mine)]
            assert allocator(self.store, host, self.clock).release(address)
            del self.held[address]
        for address, holder in self.held.items():
            assert (holder == host) or not allocator(self.store, host, self.clock).release(address)

    def empty(self, host: str, _number: int) -> None:
        for _time in range(list(self.held.values()).count(host)):
            self.release(host, 0)

    def wait(self, _host: str, number: int) -> None:
        self.clock.now += number * 20

    def label(self, host: str, number: int) -> None:
        labels = {"gpu": "yes"} if number % 2 else {}
        self.store.put(*cluster.record("Node", host, {"bgp": {"ipv4Address": "172.31.1.11/24"}}, labels=labels))

    def race(self, host: str, number: int) -> None:
        """Another host, or another process of this one, writes between this one's reading and writing."""
        other = HOSTS[number % len(HOSTS)]
        act = self.release if number % 2 else self.assign
        self.store.before_commit.append(lambda: act(other, number))
        self.assign(host, number)

    def break_off(self, host: str, number: int) -> None:
        """Upstream's writer stops after one of its three steps, or between two of them when it gives a block back."""
        cidr = ipaddress.ip_network(f"10.65.0.{number // 2 * 2}/31")
        key = keys.affinity(host, cidr)
        stored = self.store.get(keys.block(cidr))
        if stored is None and number % 2:
            fresh = blocks.fresh(cidr, node=host, claim_time=cluster.CREATED, sequence=int(self.clock.now * 1e9))
            self.store.put(keys.block(cidr), fresh.encode())
        state = "pendingDeletion" if stored is not None and number % 3 else "pending"
        self.store.put(key, {"state": state, "deleted": False})
        self.broken.add(key)

    def end(self) -> None:
        """Everything goes back, and nothing is left but blocks that their owners may keep."""
        for address, host in self.held.items():
            assert allocator(self.store, host, self.clock).release(address)
        assert not [key for key in self.store.documents() if key.startswith(keys.HANDLES)]
        assert not [holder for _key, block in self.blocks() for _a, holder in block.holders() if "handle_id" in holder]

    def blocks(self) -> Iterator[tuple[str, blocks.Block]]:
        for key, document in self.store.documents().items():
            cidr = keys.cidr_of(key)
            if cidr is not None and key == keys.block(cidr):
                yield key, blocks.decode(cidr, document)

    def check(self, before: dict[str, blocks.Block]) -> None:
        found = dict(self.blocks())
        holders = {
            address: holder
            for block in found.values()
            for address, holder in block.holders()
            if "releasedAt" not in holder
        }
        assert {address: holder["secondary"]["node"] for address, holder in holders.items()} == self.held
        self._check_handles(found)
        self._check_owners(found)
        for key, block in found.items():
            if key in before and block != before[key]:
                assert block.sequence_number > before[key].sequence_number

    def _check_handles(self, found: dict[str, blocks.Block]) -> None:
        counted = {
            keys.handle(holder["handle_id"]): {"block": {str(block.cidr): 1}, "deleted": False}
            for block in found.values()
            for _address, holder in block.holders()
            if "handle_id" in holder
        }
        assert {k: v for k, v in self.store.documents().items() if k.startswith(keys.HANDLES)} == counted

    def _check_owners(self, found: dict[str, blocks.Block]) -> None:
        """Blocks and affinities say the same, but where a writer broke off."""
        said = {key for key in self.store.documents() if key.startswith(f"{keys.ROOT}host/")} - self.broken
        owned = {keys.affinity(block.node, block.cidr) for block in found.values() if block.node} - self.broken
        assert said == owned

    def _take(self, host: str, wish: allocate.Wish) -> None:
        try:
            address = allocator(self.store, host, self.clock).assign(wish)
        except (errors.Exhausted, errors.InUse, errors.NotInPool):
            return
        finally:
            self.store.before_commit.clear()
        assert address not in self.held
        self.held[address] = host
