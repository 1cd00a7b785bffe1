"""Who may have changed our table is suspected, also when nobody listened; and our own sockets are known."""

import pathlib
import threading

from calico_node.dataplane import nft_watch

NETLINK = """sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
0000000000000000 0   1          00000000 0        0        0     2        0        70
0000000000000000 12  301        00000000 0        0        0     2        0        71
0000000000000000 12  302        00000000 0        0        0     2        0        72
"""


class Deaf:
    """A listener that hears nothing and soon breaks."""

    def touched(self) -> bool:
        raise OSError("no buffer space")

    def close(self) -> None:
        pass


def test_what_happened_while_nobody_listened_is_suspicious() -> None:
    suspicions = threading.Semaphore(0)
    watch = nft_watch.TableWatch(suspicions.release, Deaf, pause=0.001)
    watch.start()
    heard = [suspicions.acquire(timeout=10) for _ in range(3)]
    watch.stop()
    assert heard == [True, True, True]


def test_own_ports_are_those_of_netfilter_sockets_of_the_process(tmp_path: pathlib.Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/netlink").write_text(NETLINK)
    (tmp_path / "fd").mkdir()
    for number, target in enumerate(("/dev/null", "socket:[70]", "socket:[71]")):
        (tmp_path / "fd" / str(number)).symlink_to(target)
    assert nft_watch.own_ports(tmp_path) == {301}


def test_a_descriptor_that_vanishes_is_no_error() -> None:
    # The one that lists the others is among them, and closed when they are looked at.
    assert isinstance(nft_watch.own_ports(), frozenset)
