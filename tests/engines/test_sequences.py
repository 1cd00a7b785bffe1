"""What the engine asks, in which order."""

from __future__ import annotations

import functools

from tests.netns import traffic
from tests.netns.waiting import until

from .hosts import VERSIONS, Host


def test_the_engine_is_the_one_that_was_asked_for(host: Host) -> None:
    assert host.docker("version", "--format={{.Server.Version}}").startswith(VERSIONS[host.release])


def test_a_container_reaches_one_on_another_host(host: Host, other: Host) -> None:
    one, two = host.container("one"), other.container("two")
    for version in (4, 6):
        until(functools.partial(traffic.reaches, one, two, 80, version))
