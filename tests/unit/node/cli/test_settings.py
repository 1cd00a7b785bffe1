import pathlib

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node.cli import errors, settings

FILE = """
apiVersion: projectcalico.org/v3
kind: CalicoAPIConfig
metadata: {}
spec:
  datastoreType: etcdv3
  etcdEndpoints: http://10.0.0.1:2379,http://10.0.0.2:2379
  etcdUsername: a
  etcdPassword: b
"""


@pytest.fixture
def nowhere(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "calicoctl.cfg"


def test_the_environment_serves_where_there_is_no_file(nowhere: pathlib.Path) -> None:
    found = settings.config({"ETCD_ENDPOINTS": "http://10.0.0.1:2379"}, None, nowhere)
    assert found.endpoints == ("http://10.0.0.1:2379",)


def test_the_prefixed_variable_wins(nowhere: pathlib.Path) -> None:
    environ = {"ETCD_ENDPOINTS": "http://10.0.0.1:2379", "CALICO_ETCD_ENDPOINTS": "http://10.0.0.9:2379"}
    assert settings.config(environ, None, nowhere).endpoints == ("http://10.0.0.9:2379",)


def test_a_file_hides_the_environment(nowhere: pathlib.Path) -> None:
    nowhere.write_text(FILE)
    found = settings.config({"ETCD_ENDPOINTS": "http://10.9.9.9:2379", "ETCD_CERT_FILE": "/x"}, None, nowhere)
    assert found.endpoints == ("http://10.0.0.1:2379", "http://10.0.0.2:2379")
    assert (found.username, found.password, found.cert) == ("a", "b", None)


def test_a_file_that_is_asked_for_must_exist(nowhere: pathlib.Path) -> None:
    with pytest.raises(errors.CommandError, match="cannot read the configuration"):
        settings.config({"ETCD_ENDPOINTS": "http://10.0.0.1:2379"}, nowhere, nowhere)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        pytest.param(("etcdv3", "kubernetes"), "datastoreType: 'kubernetes' is refused", id="another datastore"),
        pytest.param(("etcdUsername: a", "etcdKey: PEM"), "spec.etcdKey: '...' is refused", id="a key in the file"),
        pytest.param(("etcdUsername: a", "etcdUser: a"), "spec.etcdUser: 'a' is refused: no such field", id="misspelt"),
        pytest.param(("etcdUsername: a", "etcdUsername: 1"), "must be text", id="a number for a name"),
        pytest.param(("http://10.0.0.1:2379", "10.0.0.1"), "endpoints", id="an endpoint without its scheme"),
    ],
)
def test_wrong_settings_are_named(change: tuple[str, str], text: str, nowhere: pathlib.Path) -> None:
    nowhere.write_text(FILE.replace(*change))
    with pytest.raises(Invalid, match=text.replace(".", r"\.")):
        settings.config({}, None, nowhere)


@pytest.mark.parametrize("content", ["", "[]", "kind: Pod", "a: b: c"])
def test_another_document_is_no_configuration(content: str, nowhere: pathlib.Path) -> None:
    nowhere.write_text(content)
    with pytest.raises(errors.CommandError, match=r"calicoctl\.cfg"):
        settings.config({}, None, nowhere)


def test_without_any_endpoint_both_ways_are_named(nowhere: pathlib.Path) -> None:
    with pytest.raises(errors.CommandError, match=r"ETCD_ENDPOINTS.*calicoctl\.cfg"):
        settings.config({}, None, nowhere)
