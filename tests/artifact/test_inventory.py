"""calico.docker.nodes documents itself, and says in one line why it could not list the hosts."""

import json
import pathlib

import pytest

from tests.artifact.conftest import Artifact

NAME = "calico.docker.nodes"
# Upstream's variables.
VARIABLES = {
    "etcd_endpoints": "ETCD_ENDPOINTS",
    "etcd_ca_cert": "ETCD_CA_CERT_FILE",
    "etcd_cert": "ETCD_CERT_FILE",
    "etcd_key": "ETCD_KEY_FILE",
    "etcd_username": "ETCD_USERNAME",
    "etcd_password": "ETCD_PASSWORD",
    "etcd_timeout": None,
}


@pytest.fixture
def source(artifact: Artifact, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file of the plugin; nothing listens at the endpoint."""
    monkeypatch.setenv("ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED", "true")
    path = artifact.home / "lab.calico.yml"
    path.write_text(json.dumps({"plugin": NAME, "etcd_endpoints": ["http://127.0.0.1:1"], "etcd_timeout": 1}))
    return str(path)


def refusal(artifact: Artifact, source: str) -> str:
    """What is said where nothing is listed, on one line: older Ansible wraps it."""
    return " ".join(artifact.refused("ansible-inventory", "-i", source, "--list").split())


def test_ansible_documents_the_plugin(artifact: Artifact) -> None:
    found = json.loads(artifact.run("ansible-doc", "--type", "inventory", "--json", NAME))[NAME]
    assert pathlib.Path(found["doc"]["filename"]).is_relative_to(artifact.home)
    assert found["examples"]
    options = found["doc"]["options"]
    named = {name: option for name, option in options.items() if name.startswith("etcd_")}
    assert {
        name: next((env["name"] for env in option.get("env", ())), None) for name, option in named.items()
    } == VARIABLES
    assert all(option["description"] for option in named.values())
    assert {"cache", "compose", "connect_by", "groups", "keyed_groups", "strict"} <= options.keys()


def test_a_datastore_that_does_not_answer_is_one_line(artifact: Artifact, source: str) -> None:
    said = refusal(artifact, source)
    assert "etcd does not answer within 1 s (http://127.0.0.1:1: " in said
    assert "Traceback" not in said


def test_a_missing_library_is_one_line(
    artifact: Artifact, source: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etcd3.py").write_text("raise ModuleNotFoundError(\"No module named 'etcd3'\")")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    said = refusal(artifact, source)
    assert "cannot load the library etcd3 (No module named 'etcd3')" in said
    assert "Traceback" not in said


def test_a_file_of_another_name_is_not_the_plugins(artifact: Artifact, source: str) -> None:
    other = pathlib.Path(source).with_name("lab.yml")
    other.write_text(pathlib.Path(source).read_text())
    assert f"could not be verified by inventory plugin '{NAME}'" in refusal(artifact, str(other))
