"""calico.docker.verify tells of hosts that Ansible does not reach, and fails."""

import json

import pytest

from tests.artifact.conftest import Artifact

# Nobody listens there.
NOWHERE = {"ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_ssh_common_args": "-o ConnectTimeout=5"}


def inventory(artifact: Artifact) -> str:
    """Two hosts and two routers, one of which is not ours; its path."""
    hosts = dict.fromkeys(("host1", "host2"), None)
    ours = {"calico_router_platform": "frr", "calico_router_as_number": 65001, "calico_router_manage": True}
    theirs = {"calico_router_platform": "eos", "calico_router_as_number": 65002}
    groups = {
        "etcd": {"hosts": {"host1": None}},
        "calico_node": {"hosts": hosts},
        "calico_router": {"hosts": {"tor1": ours, "tor2": theirs}},
    }
    path = artifact.home / "verify-inventory.yml"
    path.write_text(json.dumps({"all": {"vars": NOWHERE, "children": groups}}))
    return str(path)


@pytest.mark.parametrize("options", [[], ["--limit", "host1"], ["--tags", "bgp"], ["--check"]])
def test_hosts_that_are_not_reached_are_told_and_are_an_error(artifact: Artifact, options: list[str]) -> None:
    said = artifact.refused("ansible-playbook", "-i", inventory(artifact), "calico.docker.verify", *options)
    rows = [" ".join(line.strip(' ",').split()) for line in said.partition("HOST  ")[2].splitlines()]
    for host in ["host1"] if "--limit" in options else ["host1", "host2"]:
        (row,) = [row for row in rows if row.startswith(f"{host} answers FAILED")]
        assert "Ansible does not reach the host: " in row
    assert any(row.startswith("host1 datastore answers FAILED") for row in rows)
    if "--limit" not in options:
        assert any(row.startswith("tor1 answers FAILED Ansible does not reach the router: ") for row in rows)
        assert any(row.startswith("tor2 BGP sessions skipped not asked: not under Ansible") for row in rows)
    assert "changed=1" not in said
