"""Many peers and many routes on one BIRD; how many is the options' (--peers, --routes), with FULL 200 and 1,000."""

from __future__ import annotations

import ipaddress
import json
import pathlib

import pytest

from . import reflectors, routers
from .waiting import until


def test_a_reflector_passes_on_every_block_and_a_change_renews_one_session(
    tmp_path: pathlib.Path, request: pytest.FixtureRequest
) -> None:
    count = request.config.getoption("--peers")
    with reflectors.reflection(tmp_path, count) as made:
        until(made.established, lambda found: found == count, seconds=60)
        for number in (0, count - 1):
            until(lambda number=number: made.learned(number), lambda found: found == count - 1, seconds=60)
        before = made.connections()
        made.configure({0: {"calico.docker/long-lived-stale-time": "60s"}})
        until(lambda: len(before & made.connections()) == count - 1)
        until(made.established, lambda found: found == count, seconds=60)
        assert len(before & made.connections()) == count - 1
        until(lambda: made.learned(0), lambda found: found == count - 1, seconds=60)


def test_routes_from_outside_reach_the_kernel_and_stay_through_a_change(
    tmp_path: pathlib.Path, request: pytest.FixtureRequest
) -> None:
    count = request.config.getoption("--routes")
    first = ipaddress.ip_address("100.64.0.0")
    with routers.rack(tmp_path, 254) as rack:
        rack.routers[254].configure(*(f"{first + 256 * number}/24" for number in range(count)))
        rack.configure(*routers.peers(254))
        until(lambda: in_the_kernel(rack), lambda found: found == count, seconds=60)
        routers.established(rack, 254)
        before = rack.connections()
        reject = {"cidr": f"{first}/24", "matchOperator": "Equal", "action": "Reject"}
        only_one = {"kind": "BGPFilter", "metadata": {"name": "f"}, "spec": {"importV4": [reject]}}
        rack.configure(only_one, *routers.peers(254, filters=["f"]))
        until(lambda: in_the_kernel(rack), lambda found: found == count - 1, seconds=60)
        assert rack.connections() == before


def in_the_kernel(rack: routers.Rack) -> int:
    return len(json.loads(rack.host.space.run("ip", "-json", "-4", "route", "show", "proto", "bird")))
