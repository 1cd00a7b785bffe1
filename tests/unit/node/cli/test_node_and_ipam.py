"""The state of the host, from an agent and a BIRD that say what the test wants; and of the addresses."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
from collections.abc import Iterator

import pytest
import yaml

from ansible_collections.calico.docker.plugins.module_utils.model import cluster_informations, fields
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, keys
from calico_node.agent import server, status
from calico_node.calc import matches, rulesets
from calico_node.dataplane import nft_counters
from calico_node.render import names
from tests.fakes.bird import FakeBird
from tests.unit.node.cli.terminal import Terminal

UP = """\
1002-mesh4_172_31_1_12 BGP --- up 2026-11-24 06:51:46 Established
1006-  Description:    Node b
   BGP state:          Established
     Neighbor address: 172.31.1.12
     Neighbor AS:      64512
     Routes:         3 imported, 2 exported, 3 preferred
"""
DOWN = """\
1002-glob6_fd31__fe BGP --- start 2026-11-24 06:51:44 Idle
1006-  Description:    BGPPeer tor
   BGP state:          Idle
     Neighbor address: fd31::fe
     Neighbor AS:      64513
     Last error:       BGP Error: Bad peer AS
"""
HEALTHY = status.Report(revision=17, last_apply="2026-11-24T06:52:00Z", counts={"endpoints": 3})

STAGED = rulesets.Key("StagedNetworkPolicy", "libnetwork/web")
COUNTED = {
    names.rule(STAGED, rulesets.INGRESS, 0): nft_counters.Count(3, 180),
    names.rule(STAGED, rulesets.INGRESS, None): nft_counters.Count(4, 240),
    "no policy or profile allows it": nft_counters.Count(1, 60),
}


@contextlib.contextmanager
def agent(directory: pathlib.Path, report: status.Report, *, in_sync: bool = True) -> Iterator[None]:
    told = status.Status()
    told.publish(report)
    told.follow(in_sync=in_sync)
    serving = server.Server(directory / "agent.sock", told, lambda: COUNTED)
    serving.start()
    try:
        yield
    finally:
        serving.shutdown()
        serving.server_close()


def bird(directory: pathlib.Path, *sessions: str) -> FakeBird:
    return FakeBird(directory / "bird.ctl", {"show protocols all": "".join(sessions) + "0000 \n"})


def test_a_healthy_host_is_0(terminal: Terminal) -> None:
    with agent(terminal.directory, HEALTHY), bird(terminal.directory, UP):
        result = terminal.run("node", "status")
    assert result.errors == ""
    assert result.code == 0
    assert "Datastore: in sync, revision 17" in result.output
    row = [
        "172.31.1.12",
        "node-to-node mesh",
        "64512",
        "up",
        "2026-11-24 06:51:46",
        "3",
        "2",
        "Established",
    ]
    assert row in [[cell.strip() for cell in line.split("|")[1:-1]] for line in result.output.splitlines()]
    assert "No IPv6 peers found." in result.output


@pytest.mark.parametrize(
    ("report", "in_sync", "sessions", "text"),
    [
        pytest.param(
            HEALTHY,
            True,
            (UP, DOWN),
            "1 of 2 BGP sessions are not established: fd31::fe (BGPPeer tor): "
            "the peer has another AS number than 64513: correct one of them",
            id="a session down",
        ),
        pytest.param(HEALTHY, False, (UP,), "the agent does not reach the datastore", id="etcd down"),
        pytest.param(
            dataclasses.replace(HEALTHY, errors=("table: no",)), True, (UP,), "reports 1 error", id="a failed apply"
        ),
    ],
)
def test_anything_wrong_is_1(
    report: status.Report, in_sync: bool, sessions: tuple[str, ...], text: str, terminal: Terminal
) -> None:
    with agent(terminal.directory, report, in_sync=in_sync), bird(terminal.directory, *sessions):
        result = terminal.run("node", "status")
    assert result.code == 1
    assert text in result.errors


def test_the_sessions_as_json_are_for_programs(terminal: Terminal) -> None:
    with bird(terminal.directory, UP, DOWN):
        result = terminal.run("node", "status", "-o", "json")
    assert result.code == 1
    assert "1 of 2 BGP sessions are not established" in result.errors
    down, up = json.loads(result.output)["sessions"]
    assert up == {
        "peer": "172.31.1.12",
        "origin": "Node b",
        "asNumber": 64512,
        "established": True,
        "state": "Established",
        "since": "2026-11-24 06:51:46",
        "imported": 3,
        "exported": 2,
        "info": "",
    }
    assert down["established"] is False
    assert down["info"] == "the peer has another AS number than 64513: correct one of them"


def test_json_without_bird_is_1_and_prints_no_sessions(terminal: Terminal) -> None:
    result = terminal.run("node", "status", "-o", "json")
    assert (result.code, result.output) == (1, "")
    assert "see: systemctl status calico-bird" in result.errors


def test_only_the_status_has_another_output(terminal: Terminal) -> None:
    result = terminal.run("node", "ports", "-o", "json")
    assert result.code == 1
    assert "--output belongs to: calicoctl node status" in result.errors


def test_counters_are_a_table_and_what_staged_policies_would_have_done(terminal: Terminal) -> None:
    report = status.Report(rulesets=(rulesets.RuleSet(STAGED, ingress=(matches.DENY,)),))
    with agent(terminal.directory, report):
        result = terminal.run("node", "counters")
    assert (result.code, result.errors) == (0, "")
    assert result.output.splitlines() == [
        "POLICY                               DIRECTION   RULE   ACTION   PACKETS   BYTES",
        "StagedNetworkPolicy libnetwork/web   ingress     0      (Deny)   3         180",
        "StagedNetworkPolicy libnetwork/web   ingress     -      (none)   4         240",
        "",
        "Staged policies",
        "  StagedNetworkPolicy libnetwork/web ingress: would have allowed 0, denied 3, passed on 0, left to others 4",
        "",
        "Dropped",
        "  no policy or profile allows it: 1 packets, 60 bytes",
    ]


def test_counters_of_an_agent_that_is_not_there_are_1(terminal: Terminal) -> None:
    result = terminal.run("node", "counters")
    assert (result.code, result.output) == (1, "")
    assert "systemctl status calico-agent" in result.errors


def test_nobody_there_is_1_and_says_where_to_look(terminal: Terminal) -> None:
    result = terminal.run("node", "status")
    assert result.code == 1
    assert result.output == "Calico agent is not running.\n\nBIRD is not running.\n"
    assert "systemctl status calico-agent" in result.errors
    assert "systemctl status calico-bird" in result.errors


@pytest.fixture
def addresses(terminal: Terminal) -> Terminal:
    pools = (("v4", "10.65.0.0/16"), ("v6", "fd65::/48"))
    text = "\n---\n".join(
        f"{{kind: IPPool, metadata: {{name: {name}}}, spec: {{cidr: '{cidr}'}}}}" for name, cidr in pools
    )
    assert terminal.run("apply", "-f", "-", stdin=text).code == 0
    for node, cidr in (("a", "10.65.0.64/26"), ("b", "10.65.0.0/26")):
        network = fields.NETWORK.decode(cidr, True)
        block = blocks.fresh(network, node=node, claim_time="2026-11-24T06:52:00Z", sequence=1)
        block, _address = block.assign({"handle_id": f"h-{node}", "secondary": {"node": node}})
        terminal.store.put(keys.block(network), block.encode())
    return terminal


def test_pools_show_how_full_they_are(addresses: Terminal) -> None:
    assert addresses.run("ipam", "show").output == (
        "+------------+--------------+-----------+------------+------------------+\n"
        "| GROUPING   | CIDR         | IPS TOTAL | IPS IN USE | IPS FREE         |\n"
        "+------------+--------------+-----------+------------+------------------+\n"
        "| IP Pool v4 | 10.65.0.0/16 | 65536     | 2 (0%)     | 65534 (100%)     |\n"
        "| IP Pool v6 | fd65::/48    | 1.209e+24 | 0 (0%)     | 1.209e+24 (100%) |\n"
        "+------------+--------------+-----------+------------+------------------+\n"
    )


def test_blocks_are_shown_with_their_nodes_in_the_order_of_addresses(addresses: Terminal) -> None:
    lines = addresses.run("ipam", "show", "--show-blocks").output.splitlines()
    assert [line.split("|")[1].strip() for line in lines if "Block" in line] == ["Block of b", "Block of a"]


def test_an_address_shows_its_holder(addresses: Terminal) -> None:
    assert addresses.run("ipam", "show", "--ip", "10.65.0.64").output == (
        "IP 10.65.0.64 is in use\n  handle: h-a\n  node: a\n"
    )
    free = addresses.run("ipam", "show", "--ip", "10.65.0.99")
    assert (free.code, free.output) == (0, "10.65.0.99 is not assigned\n")


def test_an_address_that_nobody_has_is_released_and_once(addresses: Terminal) -> None:
    result = addresses.run("ipam", "release", "--ip", "10.65.0.64")
    assert (result.code, result.output) == (0, "Successfully released IP address 10.65.0.64\n")
    again = addresses.run("ipam", "release", "--ip", "10.65.0.64")
    assert (again.code, again.errors) == (1, "10.65.0.64 is not assigned\n")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param(["release"], "name the address: calicoctl ipam release --ip", id="no address"),
        pytest.param(["show", "--force"], "--force belongs to: calicoctl ipam release", id="force for show"),
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str], text: str, addresses: Terminal) -> None:
    result = addresses.run("ipam", *words)
    assert result.code == 1
    assert text in result.errors


def test_version_tells_client_and_cluster(terminal: Terminal) -> None:
    missing = terminal.run("version")
    assert missing.code == 1
    galaxy = yaml.safe_load(pathlib.Path("galaxy.yml").read_text())
    assert f"Client Version:    {galaxy['version']}" in missing.output
    cluster = cluster_informations.initial("0" * 32)
    terminal.store.put(cluster.key, cluster.encode())
    assert "Cluster GUID:      00000000" in terminal.run("version").output
