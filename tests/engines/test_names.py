"""What names resolve to inside a container."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.netns.inside import inside
from tests.netns.traffic import Place

from .hosts import Host
from .sites import Site

ANSWER = "203.0.113.7"


@contextlib.contextmanager
def resolver(place: Place) -> Iterator[list[str]]:
    """A name server that knows one address for every name; yields who asked."""
    asked: list[str] = []
    with inside(place.space):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind((place.addresses[4], 53))

    def serve() -> None:
        while query := (received := server.recvfrom(512))[0]:
            asked.append(received[1][0])
            server.sendto(_answer(query), received[1])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield asked
    finally:
        with contextlib.suppress(OSError):  # it says that there is no connection, and wakes the thread all the same
            server.shutdown(socket.SHUT_RDWR)
        thread.join()
        server.close()


def _answer(query: bytes) -> bytes:
    """One A record; for other types none."""
    question = query[12 : query.index(b"\0", 12) + 5]
    found = question[-4:-2] == b"\0\1"
    header = query[:2] + b"\x81\x80\0\1" + (b"\0\1" if found else b"\0\0") + b"\0\0\0\0"
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(ANSWER)
    return header + question + (record if found else b"")


def test_names_and_aliases_of_the_same_host_resolve(host: Host) -> None:
    place = host.container("web", "--network-alias=www")
    host.container("one")
    for name in ("web", "www", host.inspect("web")["Id"][:12]):
        said = host.ask("one", "nslookup", name)
        assert place.addresses[4] in said
        assert place.addresses[6] in said


def test_addresses_of_the_same_host_resolve_to_names(host: Host) -> None:
    place = host.container("web")
    host.container("one")
    assert "web.frontend" in host.ask("one", "nslookup", place.addresses[4])


def test_a_container_that_is_renamed_resolves_by_its_new_name(host: Host) -> None:
    place = host.container("web")
    host.container("one")
    host.docker("rename", "web", "site")
    assert place.addresses[4] in host.ask("one", "nslookup", "site")


@pytest.mark.parametrize("given", [True, False], ids=["given", "the host's"])
def test_names_of_the_world_resolve(site: Site, host: Host, given: bool) -> None:
    """Asked from the container's own address or from the host's: both need a way there and back."""
    with resolver(site.outside) as asked:
        place = host.container("one", *([f"--dns={site.outside.addresses[4]}"] if given else []))
        assert ANSWER in host.ask("one", "nslookup", "-type=a", "www.example.net")
    by_the_host = host.release == "sid" and not given
    assert set(asked) == {"192.0.2.1" if by_the_host else place.addresses[4]}


def test_a_containers_own_name_is_an_address_that_it_has(host: Host) -> None:
    place = host.container("one", "--hostname=myself")
    known = host.ask("one", "cat", "/etc/hosts")
    [line] = [line for line in known.splitlines() if "myself" in line and place.addresses[4] in line]
    assert line.split()[0].removeprefix("::ffff:") == place.addresses[4]
