"""What may be said with -o and driver-opt, and what is said to who says something else."""

from typing import Any

import pytest

from calico_node.libnetwork import options
from calico_node.libnetwork.errors import Refused


def test_a_network_without_options_has_none() -> None:
    assert options.of_network({}) == options.of_endpoint({}) == options.of_creation({}) == options.Options()


def test_what_is_said_of_a_network_is_read() -> None:
    said = {
        "com.docker.network.driver.mtu": "8950",
        "org.projectcalico.profiles": "monitored, frontend,monitored",
        "org.projectcalico.label.team": "shop",
        "org.projectcalico.label.example.com/tier": "",
    }
    found = options.Options(
        profiles=("monitored", "frontend"), labels={"team": "shop", "example.com/tier": ""}, mtu=8950
    )
    assert options.of_network(said) == found
    engines = {"com.docker.network.enable_ipv6": True, "com.docker.network.internal": True}
    assert options.of_creation({**engines, "com.docker.network.generic": said}) == found
    assert options.of_creation({**engines, "com.docker.network.generic": None}) == options.Options()


def test_what_the_engine_has_read_itself_is_let_pass() -> None:
    assert options.of_network({"com.docker.network.enable_ipv4": "false"}) == options.Options()


def test_what_is_said_of_an_endpoint_is_read_among_what_the_engine_says() -> None:
    said = {
        "com.docker.network.endpoint.exposedports": [{"Proto": 6, "Port": 80}],
        "com.docker.network.portmap": [],
        "com.docker.network.endpoint.sysctls": "net.ipv4.conf.IFNAME.log_martians=1",
        "org.projectcalico.label.role": "db",
        "org.projectcalico.profiles": "monitored",
    }
    assert options.of_endpoint(said) == options.Options(profiles=("monitored",), labels={"role": "db"})


KNOWN = "known are com.docker.network.driver.mtu, org.projectcalico.label.<name>, org.projectcalico.profiles$"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        pytest.param({"color": "red"}, f"-o color is refused: {KNOWN}", id="an unknown word"),
        pytest.param({"com.docker.network.bridge.name": "br0"}, KNOWN, id="a word of another driver"),
        pytest.param({"org.projectcalico.profile": "a"}, KNOWN, id="a word that is nearly right"),
        pytest.param({"com.docker.network.driver.mtu": "1279"}, "from 1280 to 65535", id="a small MTU"),
        pytest.param({"com.docker.network.driver.mtu": "65536"}, "mtu=65536 is refused", id="a large MTU"),
        pytest.param({"com.docker.network.driver.mtu": "9k"}, "mtu=9k is refused", id="an MTU that is no number"),
        pytest.param({"com.docker.network.driver.mtu": "9" * 5000}, "is refused", id="an MTU without end"),
        pytest.param({"com.docker.network.driver.mtu": "\u0661500"}, "is refused", id="an MTU of another script"),
        pytest.param({"com.docker.network.driver.mtu": 1500}, "1500 is refused: must be text", id="a number"),
        pytest.param({"org.projectcalico.profiles": ""}, "must be names of Profiles", id="no profile"),
        pytest.param({"org.projectcalico.profiles": "a,,b"}, "must be names of Profiles", id="a hole in the list"),
        pytest.param({"org.projectcalico.profiles": "My_Net"}, "profiles=My_Net is refused", id="no profile's name"),
        pytest.param({"org.projectcalico.label.": "a"}, "a label name is", id="a label without name"),
        pytest.param({"org.projectcalico.label.a": "b c"}, "label.a=b c: 'b c' is refused: a label value", id="value"),
        pytest.param({"org.projectcalico.label.a b": "c"}, "a label name is", id="a name that is none"),
        pytest.param(
            {"org.projectcalico.label.calico.docker/network": "db"}, "the driver alone gives labels", id="a membership"
        ),
        pytest.param({"org.projectcalico.label.calico.docker/internal": "db"}, "the driver alone", id="internal"),
        pytest.param({"org.projectcalico.label.projectcalico.org/namespace": "x"}, "alone", id="a namespace"),
    ],
)
def test_what_cannot_be_said_of_a_network_is_refused(said: dict[str, Any], text: str) -> None:
    with pytest.raises(Refused, match=text):
        options.of_network(said)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"color": "red"}, id="an unknown word"),
        pytest.param({"com.docker.network.driver.mtu": "1500"}, id="what only a network has"),
    ],
)
def test_an_endpoint_has_fewer_options(said: dict[str, Any]) -> None:
    known = "driver-opt .* is refused: known are org.projectcalico.label.<name>, org.projectcalico.profiles$"
    with pytest.raises(Refused, match=known):
        options.of_endpoint(said)


def test_of_a_network_made_long_ago_only_what_means_something_counts() -> None:
    said = {"com.docker.network.bridge.name": "br0", "org.projectcalico.label.a": "b", "color": "red"}
    assert options.known(said) == {"org.projectcalico.label.a": "b"}
