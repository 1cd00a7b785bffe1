"""Sessions that are down, in the words of ``calicoctl node status`` for what BIRD and the kernel really say."""

import io
import pathlib
from typing import Any

import pytest

from calico_node.cli import context, node_sessions
from tests.fakes.bird import FakeBird
from tests.unit.plugins.plugin_utils.verify import fleet

HOST = "rack1-host1"
PEER = "172.31.1.254"
COUNTERS = "TcpExt: TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure\nTcpExt: 0 0 14\n"


def birds(error: str, description: str = "BGPPeer tor1") -> str:
    """A session as BIRD shows it."""
    last = f"     Last error:       {error}\n" if error else ""
    return (
        "1002-glob4_172_31_1_254 BGP --- start 2026-11-24 18:00:01 Active\n"
        f"1006-  Description:    {description}\n"
        "   BGP state:          Active\n"
        f"     Neighbor address: {PEER}\n"
        "     Neighbor AS:      65001\n"
        "     Local AS:         64512\n"
        f"{last}0000 \n"
    )


def seen(directory: pathlib.Path, reply: str) -> dict[str, Any]:
    """The result of ``calicoctl node status -o json`` beside such a BIRD."""
    output = io.StringIO()
    (directory / "netstat").write_text(COUNTERS)
    world = context.Context(
        environ={},
        stdin=io.StringIO(),
        stdout=output,
        stderr=io.StringIO(),
        bird_socket=directory / "bird.ctl",
        tcp_counters=directory / "netstat",
    )
    with FakeBird(directory / "bird.ctl", {"show protocols all": reply}):
        problems = list(node_sessions.show_json(world))
    return {"rc": 1, "stdout": output.getvalue(), "stderr": "; ".join(problems)}


@pytest.mark.parametrize(
    ("error", "description", "words"),
    [
        pytest.param(
            "BGP Error: Bad peer AS",
            "BGPPeer tor1",
            "the peer has another AS number than 65001: correct one of them",
            id="wrong AS there",
        ),
        pytest.param(
            "Received: Bad peer AS",
            "BGPPeer tor1",
            "the peer expects another AS number than 64512 of this host: correct one of them",
            id="wrong AS here",
        ),
        pytest.param(
            "Received: Maximum number of prefixes reached",
            "BGPPeer tor1",
            "the peer's limit of prefixes is reached: raise it there",
            id="limit there",
        ),
        pytest.param(
            "Automatic shutdown: Route limit exceeded",
            "BGPPeer tor1",
            "the peer announces more than the import limit: look there",
            id="limit here",
        ),
        pytest.param(
            "",
            "BGPPeer tor1 password fabric.tor",
            "no answer; segments since boot: 14 with another password: do the passwords agree?",
            id="wrong password",
        ),
    ],
)
def test_a_session_that_is_down_says_why(tmp_path: pathlib.Path, error: str, description: str, words: str) -> None:
    hosts = fleet.healthy()
    hosts[HOST]["verify_sessions"] = seen(tmp_path, birds(error, description))
    assert fleet.complaints(hosts) == [
        f"{HOST}: BGP sessions: with {PEER} (BGPPeer tor1) not Established: Active since 2026-11-24 18:00:01: {words}"
    ]


def test_a_bird_that_does_not_run_has_no_sessions() -> None:
    hosts = fleet.healthy()
    said = "BIRD is not running: nothing listens on /run/calico/bird.ctl; see: systemctl status calico-bird"
    hosts[HOST]["verify_sessions"] = {"rc": 1, "stdout": "", "stderr": said}
    assert fleet.complaints(hosts) == [f"{HOST}: BGP sessions: BIRD tells no sessions: {said}"]


def test_of_a_mesh_that_is_down_as_a_whole_some_sessions_tell_enough() -> None:
    hosts = fleet.healthy()
    down = [fleet.session(f"172.31.9.{number}", established=False, state="Idle") for number in range(14)]
    hosts[HOST]["verify_sessions"] = fleet.printed(*down)
    found = fleet.complaints(hosts)
    assert len(found) == 11
    assert found[-1] == f"{HOST}: BGP sessions: and 4 more"


@pytest.mark.parametrize("preset", fleet.PRESETS)
def test_a_session_that_the_inventory_asks_for_and_bird_has_not_is_missed(preset: str) -> None:
    hosts = fleet.healthy(preset)
    first, *rest = fleet.peers(HOST, preset)
    hosts[HOST]["verify_sessions"] = fleet.printed(*(fleet.session(peer) for peer in rest))
    (text,) = fleet.complaints(hosts)
    assert text.startswith(f"{HOST}: BGP sessions: with {first} (")
    assert f"is not configured: the inventory asks for it (preset {preset})" in text


def test_a_host_of_several_with_no_session_at_all_is_not_well() -> None:
    hosts = fleet.healthy()
    hosts[HOST]["verify_sessions"] = fleet.printed()
    (text,) = fleet.complaints(hosts)
    assert text.startswith(f"{HOST}: BGP sessions: there is none")
