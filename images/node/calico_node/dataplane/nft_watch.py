"""Hears when somebody else changes our nftables table, as a reload of a host's firewall does with everything it finds.

The kernel tells every change of every table, with the port of the netlink socket that asked for it. Our own changes are
recognised by that port: it belongs to a socket of this process.
"""

from __future__ import annotations

import contextlib
import logging
import pathlib
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from calico_node.render import nft

_LOG = logging.getLogger(__name__)
_NETFILTER = 12
_GROUP = 7  # NFNLGRP_NFTABLES
_SUBSYSTEM = 10  # NFNL_SUBSYS_NFTABLES
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_GENERAL = struct.Struct("=BBH")  # family, version, resource
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_TABLE_NAME = 1  # the first attribute of tables, chains, rules, sets and elements alike
_INET = 1
_SOCKET_LINK = re.compile(r"socket:\[([0-9]+)\]")
_ROOM = 1 << 20
_RETRY_SECONDS = 1.0


def ports(data: bytes) -> Iterator[int]:
    """The port behind each message of a datagram that is about our table."""
    wanted = nft.TABLE.encode() + b"\0"
    place = 0
    while place + _HEADER.size <= len(data):
        length, kind, _flags, _sequence, port = _HEADER.unpack_from(data, place)
        if length < _HEADER.size:
            return
        body = data[place + _HEADER.size : place + length]
        if kind >> 8 == _SUBSYSTEM and _is_about(body, wanted):
            yield port
        place += (length + 3) & ~3


def _is_about(body: bytes, table: bytes) -> bool:
    start = _GENERAL.size + _ATTRIBUTE.size
    if len(body) < start or body[0] != _INET:
        return False
    length, kind = _ATTRIBUTE.unpack_from(body, _GENERAL.size)
    return kind == _TABLE_NAME and body[start : _GENERAL.size + length] == table


def own_ports(process: pathlib.Path = pathlib.Path("/proc/self")) -> frozenset[int]:
    """The ports of this process's netfilter sockets."""
    inodes = {found[1] for found in map(_SOCKET_LINK.fullmatch, _descriptors(process)) if found}
    rows = (line.split() for line in (process / "net/netlink").read_text().splitlines()[1:])
    return frozenset(int(row[2]) for row in rows if row[1] == str(_NETFILTER) and row[9] in inodes)


def _descriptors(process: pathlib.Path) -> Iterator[str]:
    """What is open, without what other threads close meanwhile."""
    for link in (process / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            yield str(link.readlink())


class Listener(Protocol):
    """What is needed of TableListener."""

    def touched(self) -> bool: ...
    def close(self) -> None: ...


class TableListener:
    """A socket that hears every change of nftables."""

    def __init__(self) -> None:
        self._own = frozenset[int]()
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
        self._socket.bind((0, 1 << (_GROUP - 1)))

    def touched(self, seconds: float | None = None) -> bool:
        """Wait for the next change; whether somebody else may have touched our table. False when the time is up."""
        self._socket.settimeout(seconds)
        try:
            data = self._socket.recv(1 << 16)
        except TimeoutError:
            return False
        except OSError:
            return True  # messages were lost: who knows
        return any(self._is_foreign(port) for port in ports(data))

    def close(self) -> None:
        self._socket.close()

    def _is_foreign(self, port: int) -> bool:
        if port not in self._own:
            self._own = own_ports()
        return port not in self._own


class TableWatch:
    """Calls ``suspect`` from a thread whenever somebody else may have changed our table."""

    def __init__(
        self,
        suspect: Callable[[], None],
        listen: Callable[[], Listener] = TableListener,
        *,
        pause: float = _RETRY_SECONDS,
    ) -> None:
        self._suspect = suspect
        self._listen = listen
        self._pause = pause
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="nftables", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._follow()
            except OSError as error:
                _LOG.warning("changes of nftables are not heard for now, only seen at the next resync: %s", error)
                self._stopped.wait(self._pause)

    def _follow(self) -> None:
        listener = self._listen()
        try:
            self._suspect()  # nobody heard what happened before
            while not self._stopped.is_set():
                if listener.touched():
                    self._suspect()
        finally:
            listener.close()
