"""The kernel tells who changed our table: others are heard, we ourselves are not."""

import time
from collections.abc import Iterator

import pytest

from calico_node.dataplane import nft_watch
from tests.states import states

from .hosts import Host
from .inside import inside

_SILENCE = 0.1


@pytest.fixture
def listener(host: Host) -> Iterator[nft_watch.TableListener]:
    with inside(host.space):
        made = nft_watch.TableListener()
    yield made
    made.close()


def touched(host: Host, listener: nft_watch.TableListener) -> bool:
    """Whether any of what there is to hear is suspicious; over when nothing comes any more."""
    with inside(host.space):
        while True:
            begin = time.monotonic()
            if listener.touched(_SILENCE):
                return True
            if time.monotonic() - begin >= _SILENCE:
                return False


def test_our_own_changes_are_no_news(host: Host, listener: nft_watch.TableListener) -> None:
    for changes in states.STATES.values():
        host.apply(changes)
        assert not touched(host, listener)


@pytest.mark.parametrize(
    "damage",
    [
        "flush ruleset",
        "insert rule inet calico forward accept",
        "flush set inet calico sources4",
        "delete chain inet calico input",
    ],
)
def test_others_are_heard(host: Host, listener: nft_watch.TableListener, damage: str) -> None:
    host.apply(states.STATES["two networks"])
    assert not touched(host, listener)
    host.space.run("nft", damage)
    assert touched(host, listener)


def test_changes_of_other_tables_are_no_news(host: Host, listener: nft_watch.TableListener) -> None:
    host.apply(states.STATES["two networks"])
    host.space.run("nft", "add table inet calico2; add chain inet calico2 forward; add table ip calico")
    host.space.run("iptables", "-A", "FORWARD", "-j", "ACCEPT")
    assert not touched(host, listener)
