"""The collector rests while a large store comes in, and never looks at what stayed of it."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from calico_node.agent import memory


class Cycle:
    """Garbage that reference counts do not free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_the_collector_rests_meanwhile_and_works_afterwards() -> None:
    with memory.loading():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_stays_is_left_out_of_later_collections_and_garbage_is_not_among_it() -> None:
    with memory.loading():
        stays = [{"a": [number]} for number in range(100)]
        garbage = weakref.ref(Cycle())
    assert garbage() is None
    assert not any(found is stays for found in gc.get_objects())


def test_what_stayed_and_became_garbage_goes_with_the_next_listing() -> None:
    """Else each listing would leave behind what the connection before it was made of."""
    with memory.loading():
        stays = Cycle()
    gone = weakref.ref(stays)
    del stays
    with memory.loading():
        pass
    assert gone() is None


def test_an_error_leaves_the_collector_at_work() -> None:
    with pytest.raises(ValueError, match="in the midst"), memory.loading():
        raise ValueError("in the midst")
    assert gc.isenabled()
