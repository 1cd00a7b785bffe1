"""What Docker forgets, because somebody was away when a container ended, is gone soon after."""

from __future__ import annotations

import signal
import threading

from calico_node.libnetwork import unix_http
from tests.netns.waiting import until

from . import leftovers
from .hosts import NETWORK, Host
from .sites import Site

SOON = 90.0  # seconds


def test_a_container_that_ends_while_etcd_is_down_leaves_nothing(site: Site, host: Host) -> None:
    host.container("one")
    site.etcd.send(signal.SIGSTOP)
    try:
        host.docker("rm", "--force", "one")
    finally:
        site.etcd.send(signal.SIGCONT)
    until(lambda: leftovers.of(site), lambda found: found == [], seconds=SOON)


def test_a_run_that_dies_with_the_engine_leaves_nothing(site: Site, host: Host) -> None:
    """The address was given, and the engine that asked for it is no more. So with one of which nobody has heard."""
    assert host.recorder is not None
    socket = str(host.machine.path("/run/docker/plugins/calico.sock"))
    body = {"PoolID": "CalicoPoolIPv4"}
    assert unix_http.call(socket, "POST", "/IpamDriver.RequestAddress", body, timeout=10)[0] == 200
    host.recorder.delays["CreateEndpoint"] = 3
    run = threading.Thread(target=host.attempt, args=("run", "--detach", f"--network={NETWORK}", "probe"))
    run.start()
    until(lambda: len(leftovers.taken(site.store)) > 1)
    host.engine.kill()
    run.join()
    host.recorder.delays.clear()
    host.start_engine()
    until(lambda: leftovers.of(site), lambda found: found == [], seconds=SOON)
