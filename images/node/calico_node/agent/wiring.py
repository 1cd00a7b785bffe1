"""Makes the agent out of its parts, with the real store and the real kernel."""

from __future__ import annotations

import datetime as dt
import signal
import threading
import time
from collections.abc import Callable, Mapping

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node import systemd
from calico_node.calc.endpoints import INTERFACE_PREFIX
from calico_node.dataplane import (
    bird,
    interfaces,
    iptables,
    libnftables,
    links,
    netlink,
    netlink_tunnels,
    nft,
    nft_watch,
    routes,
    sysctls,
    tunnels,
)
from calico_node.render import marks

from . import server, threads
from .feed import Feed
from .inbox import Inbox
from .loop import RESYNC_SECONDS, Clock, Loop
from .order import Drivers, Order
from .status import Status

_CLOCK = Clock(time.monotonic, lambda: dt.datetime.now(dt.timezone.utc))


def drivers() -> Drivers:
    """The drivers of this host's kernel. Raises DataplaneError."""
    kernel, settings = netlink.Netlink(), sysctls.Sysctls()
    return Drivers(
        nft=nft.NftDriver(libnftables.Library()),
        routes=routes.RouteDriver(kernel),
        interfaces=interfaces.InterfaceDriver(kernel, settings),
        sysctls=settings,
        iptables=iptables.IptablesDriver(marks.ACCEPTED, INTERFACE_PREFIX),
        bird=bird.BirdDriver(),
        tunnels=tunnels.TunnelDriver(netlink_tunnels.TunnelNetlink()),
    )


def run(environ: Mapping[str, str]) -> None:
    """Be the agent of this host until SIGTERM, which leaves the kernel as it is. Raises Invalid, DataplaneError."""
    threads.end_with_any()
    stopped, inbox, status = threading.Event(), Inbox(), Status()
    order = Order(node_name(environ), drivers())
    monitor = links.LinkMonitor(INTERFACE_PREFIX, netlink.LinkListener, inbox.poke)
    with store.open_from_environment(environ) as source:
        feed = Feed(source, inbox)
        _heed_signals(stopped, inbox)
        with server.Server(server.SOCKET, status) as listener:
            listener.start()
            monitor.start()
            nft_watch.TableWatch(inbox.suspect).start()
            feed.start()
            systemd.notify("READY=1", "STATUS=running")
            loop = Loop(inbox, lambda: monitor.current, order, status, _CLOCK)
            interval = systemd.watchdog_interval() or RESYNC_SECONDS
            loop.run(stopped, Heart(_CLOCK.seconds, interval / 2).beat, interval / 2)
            feed.stop()
            listener.shutdown()


def remove() -> None:
    """Take everything of ours out of the kernel: routes, then what guarded them. Raises DataplaneError."""
    ours = drivers()
    ours.tunnels.remove()
    ours.routes.remove()
    ours.sysctls.close_loopback(INTERFACE_PREFIX)
    ours.nft.remove()
    ours.iptables.remove(ours.families)


def node_name(environ: Mapping[str, str]) -> str:
    """Which Node of the store this host is. Raises Invalid."""
    name = environ.get("NODENAME", "")
    if not name:
        raise Invalid.of(None, "must be this host's Node name; set it in /etc/calico/calico.env", "NODENAME")
    return name


class Heart:
    """Tells systemd that the loop turns, however often it does so, at most once in ``interval`` seconds."""

    def __init__(self, clock: Callable[[], float], interval: float) -> None:
        self._clock = clock
        self._interval = interval
        self._next = 0.0

    def beat(self) -> None:
        if (now := self._clock()) >= self._next:
            self._next = now + self._interval
            systemd.notify("WATCHDOG=1")


def _heed_signals(stopped: threading.Event, inbox: Inbox) -> None:
    """The end by SIGTERM; by SIGHUP (systemctl reload) a look at everything, at the file of passwords too."""

    # Threads, since the one that is interrupted may hold the inbox's lock.
    def stop(*_signal: object) -> None:
        stopped.set()
        threading.Thread(target=inbox.poke).start()

    def look(*_signal: object) -> None:
        threading.Thread(target=inbox.suspect).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    signal.signal(signal.SIGHUP, look)
