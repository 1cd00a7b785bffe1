"""Key ranges hold exactly the keys of their prefixes, and what lies between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.store import ranges


def holds(first: bytes, end: bytes, key: bytes) -> bool:
    return first <= key and (end == ranges.EVERYTHING or key < end)


@pytest.mark.parametrize(
    ("prefix", "end"),
    [
        pytest.param(b"/a/", b"/a0", id="a slash"),
        pytest.param(b"a\xff", b"b", id="a last byte that cannot grow"),
        pytest.param(b"\xff\xff", ranges.EVERYTHING, id="no byte that can grow"),
        pytest.param(b"", ranges.EVERYTHING, id="the empty prefix"),
    ],
)
def test_the_end_of_a_prefix(prefix: bytes, end: bytes) -> None:
    assert ranges.end_of(prefix) == end


@given(st.binary(max_size=4), st.binary(max_size=6))
def test_a_range_holds_the_keys_with_its_prefix_only(prefix: bytes, key: bytes) -> None:
    assert holds(prefix, ranges.end_of(prefix), key) == key.startswith(prefix)


@given(st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=3), st.binary(max_size=6))
def test_a_spanning_range_holds_every_key_with_any_of_its_prefixes(prefixes: list[bytes], key: bytes) -> None:
    first, end = ranges.spanning(prefixes)
    assert holds(first, end, key) or not key.startswith(tuple(prefixes))
