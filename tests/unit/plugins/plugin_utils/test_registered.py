"""Which records are hosts, and what is known of them."""

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import nodes, resources
from ansible_collections.calico.docker.plugins.plugin_utils import registered
from tests.fakes import cluster
from tests.fakes.store import FakeStore

PREFIX = resources.prefix_of(nodes.Node)
BOTH = {"ipv4Address": "172.31.1.11/24", "ipv6Address": "fd31:0:0:1::11/64"}
NAMED = b'{"metadata": {"name": "%s"}, "spec": {"bgp": {"ipv4Address": "10.0.0.1/24"}}}'


def found(fake: FakeStore) -> registered.Found:
    return registered.read(fake.list(PREFIX).records)


def test_a_node_is_a_host_with_what_is_registered_of_it() -> None:
    bgp = {**BOTH, "asNumber": 64600}
    fake = FakeStore(dict([cluster.record("Node", "host1", {"bgp": bgp}, labels={"calico.docker/rack": "rack1"})]))
    assert found(fake).skipped == ()
    assert found(fake).hosts == {
        "host1": {
            "calico_node_ipv4_address": "172.31.1.11/24",
            "calico_node_ipv6_address": "fd31:0:0:1::11/64",
            "calico_registered_labels": {"calico.docker/rack": "rack1"},
            "calico_registered_as_number": 64600,
        }
    }


def test_what_a_node_does_not_have_is_empty_and_has_no_number() -> None:
    fake = FakeStore(dict([cluster.record("Node", "host1", {})]))
    assert found(fake).hosts == {
        "host1": {"calico_node_ipv4_address": "", "calico_node_ipv6_address": "", "calico_registered_labels": {}}
    }


@pytest.mark.parametrize(
    ("bgp", "preferred", "address"),
    [
        pytest.param(BOTH, 4, "172.31.1.11", id="the preferred one, IPv4"),
        pytest.param(BOTH, 6, "fd31:0:0:1::11", id="the preferred one, IPv6"),
        pytest.param({"ipv6Address": "fd31::1/64"}, 4, "fd31::1", id="else the other one, IPv6"),
        pytest.param({"ipv4Address": "10.0.0.1/24"}, 6, "10.0.0.1", id="else the other one, IPv4"),
        pytest.param({}, 4, "", id="or none"),
    ],
)
def test_the_address_that_leads_to_a_host(bgp: dict[str, str], preferred: int, address: str) -> None:
    fake = FakeStore(dict([cluster.record("Node", "host1", {"bgp": bgp})]))
    assert registered.address(found(fake).hosts["host1"], preferred) == address


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        pytest.param("bad", b"\xff{", "must be a JSON object", id="no JSON"),
        pytest.param("bad", b"[]", "must be a JSON object", id="no object"),
        pytest.param("bad", NAMED % b"good", "must be bad, as in the key", id="the name of another one"),
        pytest.param("Bad_", NAMED % b"Bad_", "metadata.name: 'Bad_' is refused", id="no name of a Node"),
        pytest.param("a/b", NAMED % b"b", "is not the key of a Node", id="in a namespace"),
        pytest.param("localhost", NAMED % b"localhost", "Ansible's name of the machine", id="the controller"),
        pytest.param("127.0.0.1", NAMED % b"127.0.0.1", "Ansible's name of the machine", id="its address"),
        pytest.param(
            "bad", (NAMED % b"bad").replace(b"10.0.0.1/24", b"{{ 7 * 7 }}"), "spec.bgp.ipv4Address", id="a template"
        ),
        pytest.param(
            "bad",
            (NAMED % b"bad").replace(b'"bad"', b'"bad", "labels": {"rack": "{{ 7 * 7 }}"}'),
            "metadata.labels.rack",
            id="a template as label",
        ),
    ],
)
def test_a_record_that_is_no_host_is_named_and_the_others_stay(name: str, value: bytes, reason: str) -> None:
    fake = FakeStore(cluster.records(hosts=["host1"]))
    fake.put(f"{PREFIX}{name}", value)
    assert list(found(fake).hosts) == ["host1"]
    (skipped,) = found(fake).skipped
    assert skipped.startswith(f"{PREFIX}{name}: ")
    assert reason in skipped


def test_a_key_with_control_characters_stays_on_its_line() -> None:
    fake = FakeStore()
    fake.put(f"{PREFIX}a\n\x1b[2Jb", b"{}")
    (skipped,) = found(fake).skipped
    assert skipped.isprintable()
    assert r"a\n\x1b[2Jb" in skipped
