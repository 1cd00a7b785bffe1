"""The difference between any two mappings."""

from hypothesis import given
from hypothesis import strategies as st

from calico_node.delta import deltas

MAPPINGS = st.dictionaries(st.text(max_size=2), st.integers(0, 3), max_size=6)


@given(MAPPINGS, MAPPINGS)
def test_applied_to_the_actual_it_gives_the_desired(desired: dict[str, int], actual: dict[str, int]) -> None:
    delta = deltas.between(desired, actual)
    result = {key: value for key, value in {**actual, **delta.put}.items() if key not in delta.removed}
    assert result == desired


@given(MAPPINGS, MAPPINGS)
def test_it_is_empty_only_between_equals(desired: dict[str, int], actual: dict[str, int]) -> None:
    assert bool(deltas.between(desired, actual)) == (desired != actual)


@given(MAPPINGS, MAPPINGS)
def test_each_key_changes_once_and_in_order(desired: dict[str, int], actual: dict[str, int]) -> None:
    delta = deltas.between(desired, actual)
    parts = (delta.added, delta.changed, delta.removed)
    assert all(list(part) == sorted(part) for part in parts)
    assert sum(map(len, parts)) == len({key for part in parts for key in part})
