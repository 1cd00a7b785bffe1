"""Ways that lead a store from state to state, all of which must end in the same: promise 1.

A walk goes through states so that each sequence of a length occurs in it; the ways say by which events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from . import records
from .records import Change

T = TypeVar("T")
Batches = Iterator[Sequence[Change]]


def through_all(names: Sequence[T], length: int) -> Iterator[T]:
    """A walk that contains each sequence of ``length`` names: the lexicographic de Bruijn sequence, and its seam."""
    word: list[int] = [0] * (length + 1)

    def grow(place: int, period: int) -> Iterator[int]:
        if place > length:
            if length % period == 0:
                yield from word[1 : period + 1]
            return
        word[place] = word[place - period]
        yield from grow(place + 1, period)
        for letter in range(word[place - period] + 1, len(names)):
            word[place] = letter
            yield from grow(place + 1, place)

    for number in grow(1, 1):
        yield names[number]
    yield from (names[0] for _seam in range(length - 1))


def between(before: Sequence[Change], after: Sequence[Change]) -> list[Change]:
    """The events that lead from one state to another, one a key."""
    old, new = ({change.key: change for change in changes} for changes in (before, after))
    gone = [records.without(change) for key, change in old.items() if key not in new]
    return [*gone, *(change for key, change in new.items() if change != old.get(key))]


def squashed(before: Sequence[Change], after: Sequence[Change]) -> Batches:
    yield between(before, after)


def key_by_key(before: Sequence[Change], after: Sequence[Change]) -> Batches:
    yield from ([change] for change in between(before, after))


def backwards(before: Sequence[Change], after: Sequence[Change]) -> Batches:
    """What comes last in the store comes first: policies before their tiers, endpoints after their policies."""
    yield from ([change] for change in reversed(between(before, after)))


def duplicated(before: Sequence[Change], after: Sequence[Change]) -> Batches:
    """Twice in one batch, and everything once more in the end."""
    yield from ([change, change] for change in between(before, after))
    yield after


def with_detours(before: Sequence[Change], after: Sequence[Change]) -> Batches:
    """Each record is deleted before it is what it should be, squashed and not."""
    for change in between(before, after):
        yield [records.without(change)]
        yield [change, records.without(change), change]


def by_way_of_nothing(before: Sequence[Change], after: Sequence[Change]) -> Batches:
    yield [records.without(change) for change in before]
    yield ()
    yield after


WAYS: Mapping[str, Callable[[Sequence[Change], Sequence[Change]], Batches]] = {
    "squashed": squashed,
    "key by key": key_by_key,
    "backwards": backwards,
    "duplicated": duplicated,
    "with detours": with_detours,
    "by way of nothing": by_way_of_nothing,
}
