"""Blocks against upstream's JSON, as recorded from it, and against their own rules."""

import ipaddress
import json
import pathlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks

CIDR = ipaddress.ip_network("10.65.0.0/26")
CIDR6 = ipaddress.ip_network("fd00::/124")
GOLDEN = pathlib.Path(__file__).parents[5] / "golden/ipam"
START = 1787380400123456789  # above 2^53
H1 = {"handle_id": "h1", "secondary": {"node": "n1"}}
H2 = {"handle_id": "h2", "secondary": {"node": "n1"}}


def fresh() -> blocks.Block:
    return blocks.fresh(CIDR, node="n1", claim_time="2026-08-22T06:33:20Z", sequence=START)


def two_assigned() -> blocks.Block:
    block, first = fresh().assign(H1)
    block, second = block.assign(H2)
    assert [str(first), str(second)] == ["10.65.0.0", "10.65.0.1"]
    return block


def test_a_fresh_block_is_written_as_upstream_writes_it() -> None:
    assert store.encode(fresh().encode()).decode() + "\n" == (GOLDEN / "fresh.json").read_text()


def test_two_assignments_are_written_as_upstream_writes_them() -> None:
    written = two_assigned().encode()
    assert written["allocations"] == [0, 1, *[None] * 62]
    assert written["unallocated"] == list(range(2, 64))
    assert written["attributes"] == [H1, H2]
    assert written["sequenceNumber"] == START + 2
    assert written["sequenceNumberForAllocation"] == {"0": START, "1": START + 1}


def test_a_released_address_goes_to_the_end_and_its_attributes_go() -> None:
    written = two_assigned().release(CIDR[0]).encode()
    assert written["allocations"] == [None, 0, *[None] * 62]
    assert written["unallocated"] == [*range(2, 64), 0]
    assert written["attributes"] == [H2]
    assert written["sequenceNumber"] == START + 3
    assert written["sequenceNumberForAllocation"] == {"1": START + 1}


def test_after_the_last_release_the_attributes_are_an_empty_list() -> None:
    assert two_assigned().release(CIDR[0]).release(CIDR[1]).encode()["attributes"] == []


def test_equal_attributes_share_one_entry() -> None:
    block, _address = fresh().assign(H1)
    block, _address = block.assign(dict(H1))
    assert block.encode()["attributes"] == [H1]
    assert block.allocations[:3] == (0, 0, None)


def test_a_given_address_is_taken_from_the_middle() -> None:
    block, address = fresh().assign(H1, CIDR[10])
    assert address == CIDR[10]
    assert block.holder(CIDR[10]) == H1
    assert block.unallocated[9:11] == (9, 11)


def test_a_cooling_address_is_taken_until_it_is_collected() -> None:
    cooling = two_assigned().release(CIDR[0], cooling_from="2026-08-22T07:00:00Z")
    assert cooling.holder(CIDR[0]) == {"releasedAt": "2026-08-22T07:00:00Z"}
    assert 0 not in cooling.unallocated
    assert cooling.collected(lambda _time: False) is cooling
    collected = cooling.collected(lambda time: time == "2026-08-22T07:00:00Z")
    assert collected.holder(CIDR[0]) is None
    assert collected.unallocated[-1] == 0
    assert collected.encode()["attributes"] == [H2]


def test_sequences_are_sorted_as_go_sorts_text() -> None:
    block = fresh()
    for _time in range(11):
        block, _address = block.assign(H1)
    written = block.encode()["sequenceNumberForAllocation"]
    assert list(written)[:4] == ["0", "1", "10", "2"]


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_what_upstream_writes_is_read_and_written_back_to_the_letter(path: pathlib.Path) -> None:
    text = path.read_text().rstrip("\n")
    document = json.loads(text)
    block = blocks.decode(ipaddress.ip_network(document["cidr"]), document)
    assert store.encode(block.encode()).decode() == text
    assert isinstance(block.sequence_number, int)


@pytest.mark.parametrize("cidr", ["10.64.0.0/20", "10.65.0.0/32", "fd00::/116", "fd00::/128"])
def test_every_address_of_the_largest_and_the_smallest_block_is_given(cidr: str) -> None:
    network = ipaddress.ip_network(cidr)
    block = blocks.fresh(network, node="n1", claim_time="2026-08-22T06:33:20Z", sequence=START)
    given = []
    while block.unallocated:
        block, address = block.assign(H1)
        given.append(address)
    assert given == list(network)
    assert blocks.decode(network, json.loads(store.encode(block.encode()))) == block


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"allocations": [None] * 63}, "allocations", id="a slot is missing"),
        pytest.param({"allocations": [0, *[None] * 63], "attributes": []}, "allocations", id="an index leads nowhere"),
        pytest.param({"allocations": [-1, *[None] * 63]}, "allocations", id="an index is negative"),
        pytest.param({"allocations": [True, *[None] * 63]}, "allocations", id="an index is a boolean"),
        pytest.param({"unallocated": [0, 1]}, "unallocated", id="a taken address counts as free"),
        pytest.param({"unallocated": [5, 5]}, "unallocated", id="an address is free twice"),
        pytest.param({"unallocated": [64]}, "unallocated", id="an address is from outside"),
        pytest.param({"unallocated": None}, "unallocated", id="no list of free addresses"),
        pytest.param({"cidr": "10.66.0.0/26"}, "cidr", id="it stands under another block's key"),
        pytest.param({"affinity": 7}, "affinity", id="the affinity is no text"),
        pytest.param({"deleted": True}, "deleted", id="it is marked as deleted"),
        pytest.param({"attributes": [None]}, "attributes", id="an entry is no object"),
        pytest.param({"sequenceNumber": 1.5}, "sequenceNumber", id="a number has a fraction"),
        pytest.param(
            {"sequenceNumberForAllocation": {"x": 1}}, "sequenceNumberForAllocation", id="an ordinal is a word"
        ),
    ],
)
def test_a_broken_block_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        blocks.decode(CIDR, {**two_assigned().encode(), **change})
    assert [problem.field for problem in caught.value.problems] == [f"block {CIDR}.{field}"]


def test_a_block_that_is_no_object_is_refused() -> None:
    with pytest.raises(Invalid, match="must be an object"):
        blocks.decode(CIDR, [])


STEPS = st.tuples(st.sampled_from(["assign", "take", "release", "cool", "collect"]), st.integers(0, 15))


@given(st.lists(STEPS, min_size=15, max_size=60))
def test_whatever_happens_the_rules_hold(steps: list[tuple[str, int]]) -> None:
    history = History()
    for number, (step, ordinal) in enumerate(steps):
        before = history.block
        getattr(history, step)(CIDR6[ordinal], f"h{number}")
        history.check(before)


class History:
    """A block, and what must be in it: who holds what, and in which order the rest is given away."""

    def __init__(self) -> None:
        self.block = blocks.fresh(CIDR6, node="n1", claim_time="2026-08-22T06:33:20Z", sequence=START)
        self.held: dict[Any, str] = {}
        self.cooling: set[Any] = set()
        self.queue = list(CIDR6)

    def assign(self, _address: fields.Address, handle: str) -> None:
        if self.queue:
            self.block, given = self.block.assign({"handle_id": handle})
            assert given == self.queue.pop(0)
            self.held[given] = handle

    def take(self, address: fields.Address, handle: str) -> None:
        if address in self.queue:
            self.block, given = self.block.assign({"handle_id": handle}, address)
            self.queue.remove(given)
            self.held[given] = handle

    def release(self, address: fields.Address, _handle: str) -> None:
        if self.held.pop(address, None):
            self.block = self.block.release(address)
            self.queue.append(address)

    def cool(self, address: fields.Address, _handle: str) -> None:
        if self.held.pop(address, None):
            self.block = self.block.release(address, cooling_from="2026-08-22T07:00:00Z")
            self.cooling.add(address)

    def collect(self, _address: fields.Address, _handle: str) -> None:
        self.block = self.block.collected(lambda _time: True)
        self.queue += sorted(self.cooling)
        self.cooling.clear()

    def check(self, before: blocks.Block) -> None:
        block = self.block
        assert blocks.decode(CIDR6, json.loads(store.encode(block.encode()))) == block
        assert {a: h["handle_id"] for a, h in block.holders() if "handle_id" in h} == self.held
        assert {a for a, h in block.holders() if "releasedAt" in h} == self.cooling
        assert [CIDR6[ordinal] for ordinal in block.unallocated] == self.queue
        assert {CIDR6[ordinal] for ordinal in block.sequences} == set(self.held)
        assert len(set(block.sequences.values())) == len(self.held)
        changed = self.held != {a: h["handle_id"] for a, h in before.holders() if "handle_id" in h}
        assert block.sequence_number == before.sequence_number + changed
