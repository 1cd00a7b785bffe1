"""Blocks against upstream's JSON, as recorded from it, and against their own rules."""

import ipaddress
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node.ipam import blocks

CIDR = ipaddress.ip_network("10.65.0.0/26")
START = 1787380400123456789  # above 2^53
H1 = {"handle_id": "h1", "secondary": {"node": "n1"}}
H2 = {"handle_id": "h2", "secondary": {"node": "n1"}}
FRESH = (
    '{"cidr":"10.65.0.0/26","affinity":"host:n1","affinity_claim_time":"2026-08-22T06:33:20Z","allocations":['
    + ",".join(["null"] * 64)
    + '],"unallocated":['
    + ",".join(map(str, range(64)))
    + '],"attributes":null,"sequenceNumber":1787380400123456789,"sequenceNumberForAllocation":{},"deleted":false}'
)


def fresh() -> blocks.Block:
    return blocks.fresh(CIDR, node="n1", claim_time="2026-08-22T06:33:20Z", sequence=START)


def two_assigned() -> blocks.Block:
    block, first = fresh().assign(H1)
    block, second = block.assign(H2)
    assert [str(first), str(second)] == ["10.65.0.0", "10.65.0.1"]
    return block


def test_a_fresh_block_is_written_as_upstream_writes_it() -> None:
    assert store.encode(fresh().encode()).decode() == FRESH


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


def test_reading_and_writing_changes_nothing_and_keeps_what_others_wrote() -> None:
    document = {**two_assigned().encode(), "hostAffinity": "n1"}
    again = blocks.decode(CIDR, json.loads(json.dumps(document))).encode()
    assert again == document
    assert isinstance(again["sequenceNumber"], int)


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


@given(st.lists(st.tuples(st.sampled_from(["assign", "release", "cool", "collect"]), st.integers(0, 15)), max_size=60))
def test_whatever_happens_the_rules_hold_and_no_address_has_two_holders(steps: list[tuple[str, int]]) -> None:
    cidr = ipaddress.ip_network("fd00::/124")
    block = blocks.fresh(cidr, node="n1", claim_time="2026-08-22T06:33:20Z", sequence=START)
    held: dict[Any, str] = {}
    for number, (step, ordinal) in enumerate(steps):
        act: Callable[..., blocks.Block] = {"assign": _assign, "release": _release, "cool": _cool}.get(step, _collect)
        block = act(block, held, cidr[ordinal], number)
        assert blocks.decode(cidr, json.loads(store.encode(block.encode()))) == block
        assert {a: h["handle_id"] for a, h in block.holders() if "handle_id" in h} == held
    assert block.taken + len(block.unallocated) == 16


def _assign(block: blocks.Block, held: dict[Any, str], _address: Any, number: int) -> blocks.Block:
    if not block.unallocated:
        return block
    block, address = block.assign({"handle_id": f"h{number}"})
    assert address not in held
    held[address] = f"h{number}"
    return block


def _release(block: blocks.Block, held: dict[Any, str], address: Any, _number: int) -> blocks.Block:
    return block.release(address) if held.pop(address, None) else block


def _cool(block: blocks.Block, held: dict[Any, str], address: Any, _number: int) -> blocks.Block:
    return block.release(address, cooling_from="2026-08-22T07:00:00Z") if held.pop(address, None) else block


def _collect(block: blocks.Block, _held: dict[Any, str], _address: Any, _number: int) -> blocks.Block:
    return block.collected(lambda _time: True)
