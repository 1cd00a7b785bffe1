"""One address block: who holds which address, in upstream's JSON to the letter. Pure.

Rules, without which upstream's readers panic or two containers get one address:

1. There is one slot for each address; it is None (free) or an index into ``attributes``.
2. ``unallocated`` lists free ordinals only, the longest free first: a freed address is reused last.
3. Every change makes ``sequence_number`` one more; ``sequences`` keeps, for each taken ordinal, the number before.
4. A slot whose attributes say ``releasedAt`` is cooling: taken, until a writer collects it.

Does not know pools, hosts' affinities or the store.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import fields
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid, Problem

Attributes = Mapping[str, Any]  # handle_id, secondary, releasedAt, and what other writers add

_KNOWN = (
    "cidr",
    "affinity",
    "affinity_claim_time",
    "allocations",
    "unallocated",
    "attributes",
    "sequenceNumber",
    "sequenceNumberForAllocation",
    "deleted",
)
_FORMER_OWNER = "hostAffinity"  # old writers' field beside affinity


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """``affinity`` is ``host:<node>`` or None; ``attributes`` is None until the first assignment."""

    cidr: fields.Network
    affinity: str | None
    claim_time: str | None
    allocations: tuple[int | None, ...]
    unallocated: tuple[int, ...]
    attributes: tuple[Attributes, ...] | None
    sequence_number: int
    sequences: Mapping[int, int] = dataclasses.field(default_factory=dict)
    others: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # fields of other writers, kept

    @property
    def node(self) -> str | None:
        """The host that owns the block."""
        kind, _colon, name = (self.affinity or "").partition(":")
        return name if kind == "host" else None

    @property
    def taken(self) -> int:
        """How many addresses are not free."""
        return sum(slot is not None for slot in self.allocations)

    def holder(self, address: fields.Address) -> Attributes | None:
        """What is known of the holder of an address of this block; None if it is free."""
        slot = self.allocations[self._ordinal(address)]
        return None if slot is None else (self.attributes or ())[slot]

    def holders(self) -> Iterator[tuple[fields.Address, Attributes]]:
        """Every taken address with its holder, cooling ones included."""
        for ordinal, slot in enumerate(self.allocations):
            if slot is not None:
                yield self._address(ordinal), (self.attributes or ())[slot]

    def first_free(
        self, reserved: Iterable[fields.Network] = (), part: fields.Network | None = None
    ) -> fields.Address | None:
        """The address that has been free for longest, of those in a ``part`` of the block and not reserved."""
        here = [network for network in reserved if network.version == self.cidr.version and network.overlaps(self.cidr)]
        free = (self._address(ordinal) for ordinal in self.unallocated)
        if part is not None and part.prefixlen > self.cidr.prefixlen:
            free = (address for address in free if address in part)
        return next((address for address in free if not any(address in network for network in here)), None)

    def assign(self, attributes: Attributes, address: fields.Address | None = None) -> tuple[Block, fields.Address]:
        """Give away ``address``, or the one that has been free for longest; the caller knows that it is free."""
        ordinal = self.unallocated[0] if address is None else self._ordinal(address)
        known = self.attributes or ()
        index = next((index for index, entry in enumerate(known) if entry == attributes), len(known))
        changed = dataclasses.replace(
            self,
            allocations=_with(self.allocations, ordinal, index),
            unallocated=tuple(free for free in self.unallocated if free != ordinal),
            attributes=known if index < len(known) else (*known, attributes),
            sequence_number=self.sequence_number + 1,
            sequences={**self.sequences, ordinal: self.sequence_number},
        )
        return changed, self._address(ordinal)

    def release(self, address: fields.Address, *, cooling_from: str | None = None) -> Block:
        """Take back a held address: at once, or with the time from which on it cools."""
        ordinal = self._ordinal(address)
        entries = self.attributes or ()
        allocations = _with(self.allocations, ordinal, None if cooling_from is None else len(entries))
        changed = dataclasses.replace(
            self,
            allocations=allocations,
            unallocated=self.unallocated if cooling_from else (*self.unallocated, ordinal),
            attributes=(*entries, {"releasedAt": cooling_from}) if cooling_from else entries,
            sequence_number=self.sequence_number + 1,
            sequences={taken: number for taken, number in self.sequences.items() if taken != ordinal},
        )
        return _renumbered(changed)

    def touched(self) -> Block:
        """The block as it is, written once more, so that whoever is about to write it must read again."""
        return dataclasses.replace(self, sequence_number=self.sequence_number + 1)

    def owned_by(self, node: str, claim_time: str) -> Block:
        """The block in the hands of another host; numbers and the order of reuse go on."""
        others = {name: value for name, value in self.others.items() if name != _FORMER_OWNER}
        return dataclasses.replace(self, affinity=_owner(node), claim_time=claim_time, others=others)

    def disowned(self) -> Block:
        """The block in nobody's hands: others may borrow of it until it is empty, and then it goes."""
        others = {name: value for name, value in self.others.items() if name != _FORMER_OWNER}
        return dataclasses.replace(self.touched(), affinity=None, claim_time=None, others=others)

    def collected(self, is_over: Callable[[str], bool]) -> Block:
        """The block with those addresses free that have cooled; every reader does this, the next write keeps it."""
        entries = self.attributes or ()
        over = {index for index, entry in enumerate(entries) if "releasedAt" in entry and is_over(entry["releasedAt"])}
        if not over:
            return self
        freed = tuple(ordinal for ordinal, slot in enumerate(self.allocations) if slot in over)
        changed = dataclasses.replace(
            self,
            allocations=tuple(None if slot in over else slot for slot in self.allocations),
            unallocated=(*self.unallocated, *freed),
        )
        return _renumbered(changed)

    def encode(self) -> dict[str, Any]:
        """The JSON document; Go sorts the keys of its maps as text."""
        written: dict[str, Any] = {"cidr": str(self.cidr), "affinity": self.affinity}
        if self.claim_time is not None:
            written["affinity_claim_time"] = self.claim_time
        return {
            **written,
            "allocations": list(self.allocations),
            "unallocated": list(self.unallocated),
            "attributes": None if self.attributes is None else list(self.attributes),
            "sequenceNumber": self.sequence_number,
            "sequenceNumberForAllocation": {key: self.sequences[int(key)] for key in sorted(map(str, self.sequences))},
            "deleted": False,
            **self.others,
        }

    def _ordinal(self, address: fields.Address) -> int:
        return int(address) - int(self.cidr.network_address)

    def _address(self, ordinal: int) -> fields.Address:
        return self.cidr[ordinal]


def fresh(cidr: fields.Network, *, node: str, claim_time: str, sequence: int) -> Block:
    """An empty block of a host; ``sequence`` is upstream's start value, the time in nanoseconds."""
    return Block(
        cidr=cidr,
        affinity=_owner(node),
        claim_time=claim_time,
        allocations=(None,) * cidr.num_addresses,
        unallocated=tuple(range(cidr.num_addresses)),
        attributes=None,
        sequence_number=sequence,
    )


def decode(cidr: fields.Network, document: object) -> Block:
    """Read the block that stands under the key of ``cidr``; raises Invalid where a rule is broken."""
    if not isinstance(document, Mapping):
        raise Invalid.of(document, "must be an object", str(cidr))
    if problems := [problem.under(f"block {cidr}") for problem in _problems(cidr, document)]:
        raise Invalid(problems)
    attributes = document.get("attributes")
    return Block(
        cidr=cidr,
        affinity=document.get("affinity"),
        claim_time=document.get("affinity_claim_time"),
        allocations=tuple(document["allocations"]),
        unallocated=tuple(document["unallocated"]),
        attributes=None if attributes is None else tuple(attributes),
        sequence_number=document.get("sequenceNumber", 0),
        sequences={int(key): number for key, number in (document.get("sequenceNumberForAllocation") or {}).items()},
        others={name: value for name, value in document.items() if name not in _KNOWN},
    )


def _owner(node: str) -> str:
    return f"host:{node}"


def _renumbered(block: Block) -> Block:
    """Without attributes that no slot refers to."""
    used = sorted({slot for slot in block.allocations if slot is not None})
    index = {old: new for new, old in enumerate(used)}
    return dataclasses.replace(
        block,
        allocations=tuple(None if slot is None else index[slot] for slot in block.allocations),
        attributes=tuple((block.attributes or ())[old] for old in used),
    )


def _problems(cidr: fields.Network, document: Mapping[str, Any]) -> Iterator[Problem]:
    if not _same_network(document.get("cidr"), cidr):
        yield Problem("cidr", document.get("cidr"), f"must be {cidr}, as in the key")
    if not isinstance(document.get("affinity"), (str, type(None))):
        yield Problem("affinity", document["affinity"], "must be host:<node> or null")
    if document.get("deleted"):
        yield Problem("deleted", document["deleted"], "must be false")
    yield from _slot_problems(cidr, document)
    if not _is_whole(document.get("sequenceNumber", 0)):
        yield Problem("sequenceNumber", document["sequenceNumber"], "must be a whole number")
    sequences = document.get("sequenceNumberForAllocation") or {}
    if not isinstance(sequences, Mapping) or not all(
        key.isdecimal() and _is_whole(sequences[key]) for key in sequences
    ):
        yield Problem("sequenceNumberForAllocation", sequences, "must map ordinals to whole numbers")


def _slot_problems(cidr: fields.Network, document: Mapping[str, Any]) -> Iterator[Problem]:
    entries = document.get("attributes") or []
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        yield Problem("attributes", entries, "must be a list of objects")
        return
    slots = document.get("allocations")
    if not isinstance(slots, list) or len(slots) != cidr.num_addresses:
        yield Problem("allocations", slots, f"must be a list of {cidr.num_addresses} slots")
    elif not all(slot is None or (_is_whole(slot) and slot < len(entries)) for slot in slots):
        yield Problem("allocations", slots, f"each must be null or an index below {len(entries)}")
    else:
        yield from _free_problems(slots, document.get("unallocated"))


def _free_problems(slots: list[int | None], free: object) -> Iterator[Problem]:
    if (
        not isinstance(free, list)
        or not all(_is_whole(ordinal) and ordinal < len(slots) for ordinal in free)
        or len(set(free)) != len(free)
        or any(slots[ordinal] is not None for ordinal in free)
    ):
        yield Problem("unallocated", free, "must list each free ordinal once, and no other")


def _same_network(value: object, cidr: fields.Network) -> bool:
    try:
        return isinstance(value, str) and ipaddress.ip_network(value) == cidr
    except ValueError:
        return False


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _with(slots: tuple[int | None, ...], ordinal: int, value: int | None) -> tuple[int | None, ...]:
    return (*slots[:ordinal], value, *slots[ordinal + 1 :])
