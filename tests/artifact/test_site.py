"""calico.docker.site refuses a wrong inventory, and does so before it touches a host."""

import json
import sys
from typing import Any

import pytest

from tests.artifact.conftest import Artifact

HOSTS = ("host1", "host2", "host3")


def inventory(artifact: Artifact, **changes: Any) -> str:
    """Write an inventory of three hosts, all of them this machine, and return its path."""
    groups = {name: {"hosts": dict.fromkeys(HOSTS)} for name in ("etcd", "calico_node")}
    hosts = {name: {"calico_node_ipv4_address": f"172.31.1.{number}/24"} for number, name in enumerate(HOSTS, 11)}
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    variables |= {"calico_node_ipv6_address": "", "calico_pools": changes.pop("calico_pools", [])}
    groups |= changes.pop("groups", {})
    path = artifact.home / "inventory.yml"
    path.write_text(json.dumps({"all": {"hosts": hosts | changes, "vars": variables, "children": groups}}))
    return str(path)


def refusal(artifact: Artifact, *options: str, **changes: Any) -> str:
    """What the play says; nothing but the facts was read."""
    said = artifact.refused("ansible-playbook", "-i", inventory(artifact, **changes), "calico.docker.site", *options)
    assert "The inventory is refused, no host was touched." in said
    assert "changed=0" in said
    assert "PLAY [Docker]" not in said
    return " ".join(said.split())


def test_two_hosts_of_one_address(artifact: Artifact) -> None:
    said = refusal(artifact, host3={"calico_node_ipv4_address": "172.31.1.11/24"})
    assert "hosts host1, host3: calico_node_ipv4_address: '172.31.1.11' is refused: must differ on each host" in said


def test_an_empty_group(artifact: Artifact) -> None:
    assert "group etcd: is empty or missing" in refusal(artifact, groups={"etcd": {"hosts": {}}})


def test_no_groups_at_all(artifact: Artifact) -> None:
    said = artifact.refused("ansible-playbook", "-i", "localhost,", "calico.docker.site")
    assert "group etcd: is empty or missing" in said
    assert "group calico_node: is empty or missing" in said


def test_an_even_number_of_etcd_hosts(artifact: Artifact) -> None:
    said = refusal(artifact, groups={"etcd": {"hosts": dict.fromkeys(HOSTS[:2])}})
    assert "group etcd: has 2 hosts, must have an odd number" in said


@pytest.mark.parametrize("options", [(), ("--limit", "host2")], ids=["all hosts", "one host"])
def test_overlapping_pools(artifact: Artifact, options: tuple[str, ...]) -> None:
    pools = [{"name": "a", "cidr": "10.65.0.0/16"}, {"name": "b", "cidr": "10.65.3.0/24"}]
    said = refusal(artifact, *options, calico_pools=pools)
    assert "'10.65.3.0/24' is refused: pool b overlaps pool a (10.65.0.0/16)" in said


def test_a_member_outside_of_the_limit_that_does_not_answer_and_has_no_address(artifact: Artifact) -> None:
    gone = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    said = refusal(artifact, "--limit", "host1", host3=gone)
    assert "host host3: calico_etcd_address: is not known: no answer from it, or no default route; set it" in said
