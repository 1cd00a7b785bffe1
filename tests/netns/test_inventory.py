"""ansible-inventory and the plugin calico.docker.nodes with a real etcd, which asks for a user."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import nodes, resources
from tests.fakes import cluster

from . import etcds

ROOT = pathlib.Path(__file__).parents[2]
# As the tests, Ansible is the checkout's; what it needs beside is the image's, as the store's libraries are.
(ANSIBLE,) = ROOT.glob(".venv/lib/python3*/site-packages/ansible")
PASSWORD = "x-secret-x"
FILE = """
plugin: calico.docker.nodes
etcd_username: reader
groups: {calico_node: true}
keyed_groups: [{prefix: rack, key: "calico_registered_labels['calico.docker/rack']"}]
compose: {calico_rack: "calico_registered_labels['calico.docker/rack']"}
"""


@pytest.fixture
def member(tmp_path: pathlib.Path) -> Iterator[etcds.Member]:
    """etcd with two hosts and what somebody else has written, and a user that may only read Nodes."""
    found = etcds.Member(tmp_path, "m0")
    with etcds.running(found):
        with store.open(store.Config(endpoints=(found.url,))) as opened:
            opened.commit(records())
        prefix = resources.prefix_of(nodes.Node).removesuffix("/")
        found.ask_for_users("reader", PASSWORD, "READ", prefix)
        yield found


def records() -> dict[str, store.Document]:
    labels = {"calico.docker/rack": "rack1"}
    addresses = {"ipv4Address": "172.31.1.11/24", "ipv6Address": "fd31:0:0:1::11/64", "asNumber": 64600}
    found = [cluster.record("Node", "rack1-host1", {"bgp": addresses}, labels=labels)]
    found.append(cluster.record("Node", "rack1-host2", {"bgp": {"ipv6Address": "fd31:0:0:1::12/64"}}, labels=labels))
    template = {
        "metadata": {"name": "evil", "labels": {"calico.docker/rack": "{{ lookup('pipe', 'touch /tmp/evil') }}"}}
    }
    return {**dict(found), cluster.node_key("evil"): template}


class Inventory:
    """The command, in a directory of its own; the datastore is in its environment."""

    def __init__(self, directory: pathlib.Path, url: str) -> None:
        (directory / "lab.calico.yml").write_text(FILE)
        (directory / "library").mkdir()
        (directory / "library/ansible").symlink_to(ANSIBLE)
        self._directory = directory
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE", "ETCD", "PYTHON"))},
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT),
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(directory / "cache"),
            "ANSIBLE_HOME": str(directory / "home"),
            "ANSIBLE_NOCOLOR": "true",
            "ETCD_CERT_FILE": "",
            "ETCD_ENDPOINTS": url,
            "ETCD_PASSWORD": PASSWORD,
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(directory / "library"),
        }

    def ask(self, *arguments: str) -> tuple[dict[str, Any], str]:
        """What it prints, and what it warns of."""
        done = subprocess.run(
            [sys.executable, "-m", "ansible.cli.inventory", "-i", "lab.calico.yml", "--list", "--export", *arguments],
            cwd=self._directory,
            env=self.environment,
            capture_output=True,
            check=False,  # what it says tells more than its exit code
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        found: dict[str, Any] = json.loads(done.stdout, object_hook=plain)
        return found, " ".join(done.stderr.split())


def plain(found: dict[str, Any]) -> Any:
    """A text that Ansible marks as no template is itself."""
    return found.get("__ansible_unsafe", found)


def test_the_hosts_are_those_of_the_datastore(member: etcds.Member, tmp_path: pathlib.Path) -> None:
    found, warnings = Inventory(tmp_path, member.url).ask()
    assert found["_meta"]["hostvars"] == {
        "rack1-host1": {
            "ansible_host": "172.31.1.11",
            "calico_node_ipv4_address": "172.31.1.11/24",
            "calico_node_ipv6_address": "fd31:0:0:1::11/64",
            "calico_rack": "rack1",
            "calico_registered_as_number": 64600,
            "calico_registered_labels": {"calico.docker/rack": "rack1"},
        },
        "rack1-host2": {
            "ansible_host": "fd31:0:0:1::12",
            "calico_node_ipv4_address": "",
            "calico_node_ipv6_address": "fd31:0:0:1::12/64",
            "calico_rack": "rack1",
            "calico_registered_labels": {"calico.docker/rack": "rack1"},
        },
    }
    assert found["calico_node"]["hosts"] == found["rack_rack1"]["hosts"] == ["rack1-host1", "rack1-host2"]
    assert f"left out: {cluster.node_key('evil')}: metadata.labels" in warnings
    assert not pathlib.Path("/tmp/evil").exists()  # noqa: S108 - what the record would make


def test_a_cache_answers_until_it_is_flushed(member: etcds.Member, tmp_path: pathlib.Path) -> None:
    inventory = Inventory(tmp_path, member.url)
    inventory.environment |= {"ANSIBLE_INVENTORY_CACHE": "true", "ANSIBLE_CACHE_PLUGIN": "jsonfile"}
    asked, _warnings = inventory.ask()
    assert asked["_meta"]["hostvars"]
    member.kill()
    assert inventory.ask()[0] == asked
    assert all(PASSWORD not in path.read_text() for path in (tmp_path / "cache").iterdir())
    flushed, warnings = inventory.ask("--flush-cache")
    assert not flushed["_meta"]["hostvars"]
    assert f"etcd does not answer within 5 s ({member.url}: " in warnings


def test_a_wrong_password_is_told_without_it(member: etcds.Member, tmp_path: pathlib.Path) -> None:
    inventory = Inventory(tmp_path, member.url)
    inventory.environment["ETCD_PASSWORD"] = "x-wrong-x"
    found, warnings = inventory.ask()
    assert not found["_meta"]["hostvars"]
    assert "check user name and password" in warnings
    assert "x-wrong-x" not in warnings
