"""A multiset against plain counting."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calico_node.calc.multisets import Multiset


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3))), st.integers(0, 5))
def test_a_multiset_is_the_elements_that_are_counted(steps: list[tuple[bool, int]], looked: int) -> None:
    counts, found, before = Counter[int](), Multiset[int](), set[int]()
    for turn, (adds, element) in enumerate(steps):
        if turn == looked:
            found.forget()
            before = set(found.elements)
        if adds:
            found.add(element)
            counts[element] += 1
        elif counts[element]:
            found.remove(element)
            counts[element] -= 1
        assert found.elements == {key for key, count in counts.items() if count}
        assert (found.added, found.removed) == (found.elements - before, before - found.elements)


def test_what_was_never_added_cannot_be_removed() -> None:
    with pytest.raises(KeyError):
        Multiset[int]().remove(1)
