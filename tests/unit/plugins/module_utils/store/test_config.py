"""Settings of the store: from the environment, and every wrong one named at once."""

import pathlib

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import errors
from ansible_collections.calico.docker.plugins.module_utils.store import config as configs

PASSWORD = "long and hard to guess"


@pytest.fixture
def pem(tmp_path: pathlib.Path) -> str:
    path = tmp_path / "file.pem"
    path.write_text("certificate")
    return str(path)


def test_the_environment_has_upstreams_names(pem: str) -> None:
    found = store.config_from_environment(
        {
            "ETCD_ENDPOINTS": "https://10.0.0.1:2379, https://[fd00::1]:2379,",
            "ETCD_CA_CERT_FILE": pem,
            "ETCD_CERT_FILE": pem,
            "ETCD_KEY_FILE": pem,
            "ETCD_USERNAME": "calico",
            "ETCD_PASSWORD": PASSWORD,
        }
    )
    assert found == store.Config(
        endpoints=("https://10.0.0.1:2379", "https://[fd00::1]:2379"),
        ca_cert=pem,
        cert=pem,
        key=pem,
        username="calico",
        password=PASSWORD,
    )
    assert found.secure


def test_empty_variables_are_as_good_as_none() -> None:
    found = store.config_from_environment({"ETCD_ENDPOINTS": "http://10.0.0.1:2379", "ETCD_CA_CERT_FILE": ""})
    assert (found.ca_cert, found.username, found.timeout) == (None, None, 5.0)


def test_a_password_is_not_shown() -> None:
    found = store.Config(endpoints=("http://10.0.0.1:2379",), username="calico", password=PASSWORD)
    assert PASSWORD not in repr(found)


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        pytest.param({"endpoints": ()}, ["etcd_endpoints"], id="no endpoint"),
        pytest.param({"endpoints": ("10.0.0.1:2379",)}, ["etcd_endpoints[0]"], id="no scheme"),
        pytest.param({"endpoints": ("http://10.0.0.1",)}, ["etcd_endpoints[0]"], id="no port"),
        pytest.param({"endpoints": ("http://10.0.0.1:port",)}, ["etcd_endpoints[0]"], id="a port that is no number"),
        pytest.param({"endpoints": ("http://user:secret@h:1",)}, ["etcd_endpoints[0]"], id="a password in the URL"),
        pytest.param({"endpoints": ("http://h:1/path",)}, ["etcd_endpoints[0]"], id="a path"),
        pytest.param({"endpoints": ("http://h:1?x",)}, ["etcd_endpoints[0]"], id="a query"),
        pytest.param({"endpoints": ("http://h h:1",)}, ["etcd_endpoints[0]"], id="a space in the host"),
        pytest.param({"endpoints": ("http://a:1", "https://b:1")}, ["etcd_endpoints"], id="with and without TLS"),
        pytest.param({"cert": "/absent"}, ["etcd_cert", "etcd_cert"], id="a certificate without key or file"),
        pytest.param({"endpoints": ("http://a:1",), "ca_cert": "/absent"}, ["etcd_ca_cert"], id="a CA without TLS"),
        pytest.param({"username": "calico"}, ["etcd_username"], id="a user without password"),
        pytest.param({"timeout": 0}, ["etcd_timeout"], id="no time"),
    ],
)
def test_every_wrong_setting_is_named(settings: dict[str, object], fields: list[str]) -> None:
    with pytest.raises(errors.Invalid) as caught:
        store.Config(**{"endpoints": ("https://10.0.0.1:2379",), **settings})  # type: ignore[arg-type]
    assert [problem.field for problem in caught.value.problems] == fields


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        pytest.param("http://10.0.0.1:2379", ("10.0.0.1", 2379), id="IPv4"),
        pytest.param("https://[fd00::1]:2379/", ("fd00::1", 2379), id="IPv6 and a slash"),
        pytest.param("https://etcd-1.example.net:2379", ("etcd-1.example.net", 2379), id="a name"),
    ],
)
def test_endpoints_have_a_host_and_a_port(endpoint: str, address: tuple[str, int]) -> None:
    assert configs.address_of(endpoint) == address
