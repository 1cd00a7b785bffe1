"""calico.docker.decommission says what it needs, and in one line why it could not."""

import json
import sys

from tests.artifact.conftest import Artifact


def inventory(artifact: Artifact) -> str:
    """One host of the datastore, this machine; nothing listens at the endpoint."""
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "calico_etcd_endpoints": ["http://127.0.0.1:1"],
    }
    path = artifact.home / "datastore.yml"
    path.write_text(json.dumps({"all": {"vars": variables, "children": {"etcd": {"hosts": {"host1": None}}}}}))
    return str(path)


def test_without_a_name_nothing_is_done(artifact: Artifact) -> None:
    said = artifact.refused("ansible-playbook", "-i", inventory(artifact), "calico.docker.decommission")
    assert "Name the nodes:" in said
    assert "changed=0" in said


def test_a_datastore_that_does_not_answer_is_one_line(artifact: Artifact) -> None:
    names = json.dumps({"calico_gone_nodes": ["host9"]})
    said = artifact.refused("ansible-playbook", "-i", inventory(artifact), "calico.docker.decommission", "-e", names)
    assert "http://127.0.0.1:1" in said
    assert "Traceback" not in said
