"""Role node's tasks about passwords, run as they stand but for the place: nothing that Ansible prints shows one."""

import json
import os
import pathlib
import stat
import subprocess
import sys

import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[3]
SECRET = "hunter2 of the vault"


def run(directory: pathlib.Path, passwords: object) -> subprocess.CompletedProcess[str]:
    tasks = [
        task for task in yaml.safe_load((ROOT / "roles/node/tasks/install.yml").read_text()) if "of BGP" in task["name"]
    ]
    assert len(tasks) == 2
    tasks[1]["ansible.builtin.copy"] |= {"dest": str(directory / "passwords.json"), "owner": os.getuid(), "group": None}
    specification = yaml.safe_load((ROOT / "roles/node/meta/argument_specs.yml").read_text())["argument_specs"]["main"]
    first = {
        "ansible.builtin.validate_argument_spec": {
            "argument_spec": {"calico_bgp_passwords": specification["options"]["calico_bgp_passwords"]},
            "provided_arguments": {"calico_bgp_passwords": "{{ calico_bgp_passwords }}"},
        }
    }
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [first, *tasks]}
    (directory / "play.yml").write_text(yaml.safe_dump([play]))
    (directory / "passwords.yml").write_text(yaml.safe_dump({"calico_bgp_passwords": passwords}))
    command = [pathlib.Path(sys.executable).with_name("ansible-playbook"), "-vvvv", "--diff"]
    return subprocess.run(
        [*map(str, command), "-e", f"@{directory}/passwords.yml", str(directory / "play.yml")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT), "ANSIBLE_HOME": str(directory / "ansible")},
        cwd=directory,
    )


def test_they_are_written_for_root_alone_and_shown_to_nobody(tmp_path: pathlib.Path) -> None:
    passwords = {"bgp": {"tor": SECRET, "mesh": "another"}}
    done = run(tmp_path, passwords)
    assert done.returncode == 0, done.stdout
    written = tmp_path / "passwords.json"
    assert json.loads(written.read_text()) == passwords
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("passwords", "words"),
    [
        pytest.param({"bgp": {"tor": f'{SECRET}"'}}, "calico_bgp_passwords.bgp.tor: must be 1 to 80", id="a bad one"),
        pytest.param({"bgp": SECRET}, "calico_bgp_passwords.bgp: must be a mapping of keys", id="in the wrong place"),
    ],
)
def test_what_is_refused_is_named_and_not_shown(passwords: object, words: str, tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, passwords)
    assert done.returncode != 0
    assert words in done.stdout
    assert SECRET not in done.stdout + done.stderr
    assert not (tmp_path / "passwords.json").exists()
