"""What a service tells systemd (sd_notify: ready, what it does, that it lives), and how long the host has been up."""

from __future__ import annotations

import os
import pathlib
import socket
import time
from collections.abc import Mapping


def notify(*states: str, environ: Mapping[str, str] = os.environ) -> None:
    """Send states such as ``READY=1``, ``STATUS=...``, ``WATCHDOG=1``; a manager that is gone is no error."""
    address = environ.get("NOTIFY_SOCKET")
    if not address:
        return
    path = f"\0{address[1:]}" if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto("\n".join(states).encode(), path)
    except OSError:
        pass


def watchdog_interval(environ: Mapping[str, str] = os.environ) -> float | None:
    """Seconds between two ``WATCHDOG=1``, half of what systemd allows; None if it does not watch this process."""
    limit = environ.get("WATCHDOG_USEC", "")
    watched = environ.get("WATCHDOG_PID") in (None, str(os.getpid()))
    return int(limit) / 2e6 if limit.isdecimal() and int(limit) and watched else None


def uptime(stat: pathlib.Path = pathlib.Path("/proc/1/stat")) -> float:
    """Seconds since the first process started; the kernel's own clock is wrong where a container is the host."""
    # The name in brackets may hold spaces; the 22nd field is counted from there.
    started = int(stat.read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")
