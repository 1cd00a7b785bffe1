"""Who decides about a packet, asked of the datastore."""

import pathlib

import pytest

from tests.states import records
from tests.unit.node.cli.terminal import Terminal

DENY_25 = {"types": ["Egress"], "egress": [{"action": "Deny", "protocol": "TCP", "destination": {"ports": [25]}}]}


@pytest.fixture
def cluster(tmp_path: pathlib.Path) -> Terminal:
    terminal = Terminal(tmp_path)
    for change in (
        records.network("frontend"),
        records.endpoint(1),
        records.endpoint(2, node="host2"),
        records.raw("StagedGlobalNetworkPolicy", "no-mail", DENY_25),
    ):
        assert change.value is not None
        terminal.store.put(change.key, change.value)
    return terminal


def test_the_verdict_comes_first_and_then_each_step(cluster: Terminal) -> None:
    result = cluster.run("explain", "10.65.0.1", "10.65.0.2", "tcp/80")
    assert result.code == 0
    verdict, blank, heading, leaving, arriving = result.output.splitlines()
    assert (verdict, blank) == ("allow (Profile frontend, rule 1)", "")
    assert heading.split() == ["ENDPOINT", "DIRECTION", "TIER", "DECIDED", "BY", "OUTCOME"]
    assert leaving.split()[1:] == ["egress", "-", "Profile", "frontend,", "rule", "1", "Allow"]
    assert arriving.startswith("libnetwork/host2-libnetwork-libnetwork-")


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        pytest.param(("fd65::1", "fd65::2", "icmp/128"), "allow (Profile frontend, rule 1)", id="ICMP of the family"),
        pytest.param(("10.65.0.1", "192.0.2.1", "47"), "allow (Profile frontend, rule 1)", id="a protocol by number"),
        pytest.param(("192.0.2.1", "10.65.0.1", "UDP/53"), "deny (no policy or profile allows it)", id="from outside"),
        pytest.param(("10.65.0.1", "10.65.0.2", "tcp/25"), "allow (Profile frontend, rule 1)", id="what is staged"),
        pytest.param(
            ("10.65.0.1", "10.65.0.2", "tcp/25", "--staged"),
            "deny (GlobalNetworkPolicy no-mail, rule 1)",
            id="in force",
        ),
        pytest.param(("192.0.2.1", "192.0.2.2", "tcp/1"), "allow (nothing guards it)", id="nothing of ours"),
    ],
)
def test_verdicts(cluster: Terminal, words: tuple[str, ...], verdict: str) -> None:
    assert cluster.run("explain", *words).output.splitlines()[0] == verdict


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("10.65.0.1", "fd65::1", "tcp/80"), "different IP families", id="two families"),
        pytest.param(("10.65.0.1", "10.65.0.2", "tcp"), "nothing is no number up to 65535", id="no port"),
        pytest.param(("10.65.0.1", "10.65.0.2", "tcp/http"), "http is no number", id="a port's name"),
        pytest.param(("10.65.0.1", "10.65.0.2", "quic/443"), "quic is no protocol: give one of tcp", id="no protocol"),
    ],
)
def test_what_cannot_be_asked(cluster: Terminal, words: tuple[str, ...], said: str) -> None:
    result = cluster.run("explain", *words)
    assert result.code == 1
    assert said in result.errors
