"""Each kind of address that nobody has is represented by one."""

import ipaddress

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model.reachability import regions

ROOT, TEN, SUB = "0.0.0.0", "10.0.0.0/8", "10.0.0.0/24"


@pytest.mark.parametrize(
    ("networks", "taken", "samples"),
    [
        pytest.param([], [], [ROOT], id="nothing is named: one stands for all"),
        pytest.param([TEN], [], [ROOT, "10.0.0.0"], id="inside and outside"),
        pytest.param([TEN, SUB], [], [ROOT, "10.0.1.0", "10.0.0.0"], id="a network in another, at its beginning"),
        pytest.param(
            [TEN, SUB], ["10.0.1.0", "10.0.0.0"], [ROOT, "10.0.1.1", "10.0.0.1"], id="not what endpoints have"
        ),
        pytest.param(["10.0.0.0/31"], ["10.0.0.0", "10.0.0.1"], [ROOT], id="nothing is left of a network"),
        pytest.param(
            [SUB, "10.0.0.0/25", "10.0.0.128/25"], [], [ROOT, "10.0.0.0", "10.0.0.128"], id="its parts are all of it"
        ),
        pytest.param(["0.0.0.0/1"], [], ["128.0.0.0", ROOT], id="half of everything"),
        pytest.param(["0.0.0.0/1", "128.0.0.0/1"], [], [ROOT, "128.0.0.0"], id="both halves"),
        pytest.param(
            ["10.0.0.0/30", "10.0.0.2/32"], ["10.0.0.0", "10.0.0.1"], [ROOT, "10.0.0.3", "10.0.0.2"], id="gaps"
        ),
        pytest.param(["fd00::/8"], [], [ROOT], id="of this family"),
    ],
)
def test_samples(networks: list[str], taken: list[str], samples: list[str]) -> None:
    found = regions.Networks(4, map(ipaddress.ip_network, networks))
    assert [str(one) for one in found.samples([ipaddress.ip_address(one) for one in taken])] == samples


def test_the_innermost_network_comes_first() -> None:
    found = regions.Networks(6, map(ipaddress.ip_network, ("fd00::/8", "fd65::/48", "10.0.0.0/8")))
    assert [str(one) for one in found.around(ipaddress.ip_address("fd65::1"))] == ["fd65::/48", "fd00::/8", "::/0"]
