"""What play verify does with the profile of its containers' network, with a real etcd and a Docker of ours.

Docker says of no host that it has the network: so it does of hosts that are no part of the play, and when it is down.
"""

from __future__ import annotations

import base64
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import profiles

from . import etcds
from .test_inventory import ANSIBLE, ROOT

NETWORK = profiles.for_network("frontend")
# The driver makes the profile with the first container of a network.
DOCKER = """#!/usr/bin/python3
import sys, urllib.request
if sys.argv[1:3] == ["network", "inspect"]:
    sys.exit(1)
if sys.argv[1] == "run":
    urllib.request.urlopen("http://127.0.0.1:2379/v3/kv/put", open("put.json", "rb").read())
"""
PLAY = """
- hosts: host1
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: calico.docker.verify, tasks_from: probe}
"""
INVENTORY = {
    "ansible_connection": "local",
    "ansible_python_interpreter": "/usr/bin/python3",
    "calico_verify_network": NETWORK.name,
    "verify_status": {"problems": []},
}


@pytest.fixture
def datastore(tmp_path: pathlib.Path) -> Iterator[store.Store]:
    """A member at the port that the role asks."""
    found = etcds.Member(tmp_path, "m0")
    found.port, found.url = 2379, "http://127.0.0.1:2379"
    with etcds.running(found), store.open(store.Config(endpoints=(found.url,))) as opened:
        yield opened


@pytest.fixture
def probe(tmp_path: pathlib.Path) -> list[str]:
    """The command that lets containers ping; nobody answers."""
    document = json.dumps(NETWORK.encode()).encode()
    put = {"key": base64.b64encode(NETWORK.key.encode()).decode(), "value": base64.b64encode(document).decode()}
    hosts = {"hosts": {"host1": INVENTORY}}
    files = {"docker": DOCKER, "play.yml": PLAY, "put.json": json.dumps(put)}
    files["hosts.json"] = json.dumps({"all": {"children": {"etcd": hosts, "calico_node": hosts}}})
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "docker").chmod(0o755)
    (tmp_path / "library").mkdir()
    (tmp_path / "library/ansible").symlink_to(ANSIBLE)
    return [sys.executable, "-m", "ansible.cli.playbook", "-i", "hosts.json", "play.yml"]


def run(command: list[str], directory: pathlib.Path) -> None:
    settings = {
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT),
        "ANSIBLE_HOME": str(directory / "home"),
        "LC_ALL": "C.UTF-8",
        "PATH": f"{directory}:{os.environ['PATH']}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(directory / "library"),
    }
    done = subprocess.run(
        command, cwd=directory, env=settings, capture_output=True, check=False, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_profile_that_the_play_brought_about_goes(
    datastore: store.Store, probe: list[str], tmp_path: pathlib.Path
) -> None:
    before = datastore.list(NETWORK.key).revision
    run(probe, tmp_path)
    after = datastore.list(NETWORK.key)
    assert (after.records, after.revision) == ((), before + 2), "it was made, and removed"


def test_a_profile_that_was_there_before_stays(
    datastore: store.Store, probe: list[str], tmp_path: pathlib.Path
) -> None:
    datastore.commit({NETWORK.key: NETWORK.encode()})
    run(probe, tmp_path)
    assert datastore.get(NETWORK.key) is not None
