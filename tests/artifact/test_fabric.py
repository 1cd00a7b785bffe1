"""calico.docker.fabric writes the routers' files, and refuses what cannot work before it writes any."""

import json
import sys
from typing import Any

import pytest

from tests.artifact.conftest import Artifact
from tests.unit.plugins.plugin_utils.fabric import inventories


def inventory(artifact: Artifact, preset: str, **changes: Any) -> str:
    """Two racks, all of it this machine; its path."""
    password = {"calico_bgp_passwords": {"fabric": {"tor": "correct-horse"}}}
    hosts = inventories.racks(preset, password, **changes)
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    groups = {name: {"hosts": dict.fromkeys(members)} for name, members in inventories.GROUPS.items()}
    groups |= {"etcd": {"hosts": {"rack1-host1": None}}}
    path = artifact.home / "fabric-inventory.yml"
    path.write_text(json.dumps({"all": {"hosts": hosts, "vars": variables, "children": groups}}))
    return str(path)


@pytest.mark.parametrize("preset", ["tor_ebgp", "tor_ibgp"])
def test_the_files_are_for_nobody_elses_eyes_and_a_second_run_changes_none(artifact: Artifact, preset: str) -> None:
    password = {"calico_router_password": {"name": "fabric", "key": "tor"}}
    path = inventory(artifact, preset, tor1={"calico_router_platform": "junos", **password})
    directory = artifact.home / preset
    command = (
        "-i",
        path,
        "calico.docker.fabric",
        "--tags",
        "files",
        "--diff",
        "-e",
        f"calico_fabric_directory={directory}",
    )
    said = artifact.run("ansible-playbook", *command)
    assert "correct-horse" not in said
    files = {file.name: file for file in directory.iterdir()}
    assert sorted(files) == ["tor1.conf", "tor2.conf"]
    assert {oct(file.stat().st_mode & 0o777) for file in files.values()} == {"0o600"}
    assert 'authentication-key "correct-horse";' in files["tor1.conf"].read_text()
    again = artifact.run("ansible-playbook", *command)
    assert "changed=0" in again.rpartition("localhost")[2]


def test_what_cannot_work_is_refused_and_nothing_is_written(artifact: Artifact) -> None:
    directory = artifact.home / "refused"
    path = inventory(artifact, "tor_ebgp", tor2={"calico_router_as_number": 65001})
    said = artifact.refused(
        "ansible-playbook", "-i", path, "calico.docker.fabric", "-e", f"calico_fabric_directory={directory}"
    )
    assert "host tor2: calico_router_as_number: 65001 is that of tor1 too" in " ".join(said.split())
    assert not directory.exists()
