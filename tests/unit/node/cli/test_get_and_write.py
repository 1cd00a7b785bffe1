"""What people write and read: apply, create, replace, delete and get against the datastore in memory."""

import json
import pathlib

import pytest
import yaml

from ansible_collections.calico.docker.plugins.module_utils.model import ip_pools, resources, workload_endpoints
from tests.unit.node.cli.terminal import Terminal

POOL = """
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: {name: v4}
spec: {cidr: 10.65.0.0/16, natOutgoing: true}
"""
POLICY = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: web, creationTimestamp: 2026-08-22T06:33:20Z}
spec:
  tier: default
  selector: role == "web"
  ingress: [{action: Allow, protocol: TCP, destination: {ports: [80, 8080:8090]}}]
"""
TIER = "{kind: Tier, metadata: {name: default}, spec: {order: 1000000, defaultAction: Deny}}"
ENDPOINT = {
    "kind": "WorkloadEndpoint",
    "metadata": {"name": "a-libnetwork-libnetwork-0123", "namespace": "libnetwork"},
    "spec": {
        "orchestrator": "libnetwork",
        "workload": "libnetwork",
        "node": "a",
        "endpoint": "0123",
        "interfaceName": "cali0123",
        "ipNetworks": ["10.65.0.1/32", "fd65::1/128"],
        "profiles": ["frontend"],
    },
}


def key(name: str) -> str:
    return resources.key_of(ip_pools.IPPool, name)


def test_apply_creates_changes_and_leaves_alone(terminal: Terminal) -> None:
    assert terminal.run("apply", "-f", "-", stdin=POOL).output == "Successfully applied 1 'IPPool' resource(s)\n"
    written = terminal.store.revision
    assert terminal.run("apply", "-f", "-", stdin=POOL).code == 0
    assert terminal.store.revision == written
    assert terminal.run("apply", "-f", "-", stdin=POOL.replace("true", "false")).code == 0
    assert terminal.store.revision == written + 1


def test_records_are_marked_as_upstream_needs_it(terminal: Terminal) -> None:
    terminal.run("apply", "-f", "-", stdin=POOL)
    record = terminal.store.get(key("v4"))
    assert record is not None
    assert {"uid", "creationTimestamp"} <= record.document()["metadata"].keys()


def test_create_refuses_what_exists(terminal: Terminal) -> None:
    assert terminal.run("create", "-f", "-", stdin=POOL).code == 0
    again = terminal.run("create", "-f", "-", stdin=POOL)
    assert (again.code, again.errors) == (1, "resource already exists: IPPool(v4); use apply to change it\n")


def test_nothing_is_written_if_one_of_many_is_wrong(terminal: Terminal) -> None:
    before = terminal.store.revision
    result = terminal.run("apply", "-f", "-", stdin=f"{POOL}---\n{POOL.replace('10.65.0.0/16', '10.65.0.1/16')}")
    assert result.code == 1
    assert result.errors == (
        "standard input[2].spec.cidr: '10.65.0.1/16' is refused: has host bits set, did you mean 10.65.0.0/16?\n"
    )
    assert terminal.store.revision == before


def test_what_was_done_before_a_refusal_is_said(terminal: Terminal) -> None:
    result = terminal.run("apply", "-f", "-", stdin=f"{POOL}---\n{POOL.replace('name: v4', 'name: other')}")
    assert result.code == 1
    assert result.errors.startswith("Partial success: applied the first 1 out of 2 resources\n")
    assert "pool other overlaps pool v4" in result.errors


def test_unknown_fields_are_refused(terminal: Terminal) -> None:
    result = terminal.run("apply", "-f", "-", stdin=POOL.replace("natOutgoing", "natOutgoin"))
    assert "natOutgoin: True is refused: no such field; known fields are cidr" in result.errors


def test_yaml_is_read_as_json_would_be(terminal: Terminal) -> None:
    """A date stays text and a range of ports is no number, as it is in YAML 1.1."""
    assert terminal.run("apply", "-f", "-", stdin=f"{TIER}\n---\n{POLICY}").code == 0
    shown = yaml.safe_load(terminal.run("get", "gnp", "web", "-o", "yaml").output)
    assert shown["spec"]["ingress"][0]["destination"]["ports"] == [80, "8080:8090"]


def test_what_get_prints_apply_takes_back(terminal: Terminal, tmp_path: pathlib.Path) -> None:
    terminal.run("apply", "-f", "-", stdin=f"{TIER}\n---\n{POLICY}\n---\n{POOL}")
    written = terminal.store.revision
    for form in ("yaml", "json"):
        file = tmp_path / f"policies.{form}"
        file.write_text(terminal.run("get", "globalnetworkpolicies", "-o", form).output)
        assert terminal.run("apply", "-f", str(tmp_path)).output.startswith("Successfully applied")
    assert terminal.store.revision == written


def test_delete_by_name_and_by_file(terminal: Terminal) -> None:
    terminal.run("apply", "-f", "-", stdin=POOL)
    assert terminal.run("delete", "ippool", "v4").output == "Successfully deleted 1 'IPPool' resource(s)\n"
    gone = terminal.run("delete", "-f", "-", stdin=POOL)
    assert (gone.code, gone.errors) == (1, "resource does not exist: IPPool(v4)\n")
    assert terminal.run("delete", "ippool", "v4", "--skip-not-exists").code == 0


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param(("delete", "ippool"), "give KIND NAME or --filename", id="a kind without a name"),
        pytest.param(("delete", "ippool", "v4", "-f", "-"), "give either KIND NAME or --filename", id="both ways"),
        pytest.param(("apply", "-f", "/no/such/file"), "No such file", id="a file that is not there"),
        pytest.param(("get", "pods"), "must be one of BGPConfiguration", id="an unknown kind"),
        pytest.param(("get", "ippool", "v9"), "IPPool v9 does not exist", id="an unknown name"),
    ],
)
def test_wrong_words_are_explained(
    words: tuple[str, ...], text: str, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    result = terminal.run(*words)
    assert result.code == 1
    assert text in result.errors + capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "---\n", "[1, 2]", "kind: Pod", "a: b: c", "\x00", "kind: ClusterInformation"])
def test_input_that_is_no_resource_is_refused(text: str, terminal: Terminal) -> None:
    result = terminal.run("apply", "-f", "-", stdin=text)
    assert result.code == 1
    assert result.errors
    assert "Traceback" not in result.errors


def test_lists_have_upstreams_columns(terminal: Terminal) -> None:
    terminal.run("apply", "-f", "-", stdin=POOL)
    assert terminal.run("get", "ippools").output == ("NAME   CIDR           SELECTOR\nv4     10.65.0.0/16   all()\n")
    wide = terminal.run("get", "ippools", "-o", "wide").output.splitlines()[1].split()
    assert wide == ["v4", "10.65.0.0/16", "26", "true", "Never", "Never", "false", "false", "all()"]


def test_endpoints_are_seen_in_their_namespace(terminal: Terminal) -> None:
    document = workload_endpoints.WorkloadEndpoint.decode(ENDPOINT)
    terminal.store.put(document.key, document.encode())
    assert terminal.run("get", "wep").output == "WORKLOAD   NODE   NETWORKS   INTERFACE\n"
    row = "libnetwork   libnetwork   a      10.65.0.1/32,fd65::1/128   cali0123"
    assert row in terminal.run("get", "wep", "-A").output
    assert row in terminal.run("get", "wep", "-a").output
    shown = json.loads(terminal.run("get", "wep", "-n", "libnetwork", "-o", "json").output)
    assert [item["metadata"]["name"] for item in shown["items"]] == [document.name]


def test_one_is_a_document_and_several_are_a_list(terminal: Terminal) -> None:
    terminal.run("apply", "-f", "-", stdin=f"{POOL}---\n{POOL.replace('v4', 'v5').replace('65', '66')}")
    assert json.loads(terminal.run("get", "ippool", "v4", "-o", "json").output)["kind"] == "IPPool"
    assert len(json.loads(terminal.run("get", "ippool", "v4", "v5", "-o", "json").output)) == 2
    assert json.loads(terminal.run("get", "ippool", "-o", "json").output)["kind"] == "IPPoolList"


def test_records_that_cannot_be_read_are_named(terminal: Terminal) -> None:
    terminal.store.put(key("broken"), {"kind": "IPPool", "metadata": {"name": "broken"}, "spec": {"cidr": "x"}})
    result = terminal.run("get", "ippools")
    assert (result.code, result.output) == (0, "NAME   CIDR   SELECTOR\n")
    assert f"left out, not valid: {key('broken')}: spec.cidr" in result.errors


def test_a_datastore_that_is_down_is_one_line(terminal: Terminal) -> None:
    terminal.store.fail(1)
    result = terminal.run("get", "ippools")
    assert (result.code, result.errors) == (1, "etcd does not answer\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("kind: IPPool\nspec: {blockSize: " + "9" * 5000 + "}", id="a number without end"),
        pytest.param("kind: IPPool\nspec: " + "[" * 5000, id="lists without end"),
        pytest.param("kind: BGPPeer\nmetadata: {name: x}\nspec: {password: &a [*a]}", id="a list in itself"),
        pytest.param("kind: Tier\nmetadata: {name: x}\nspec: {order: .nan}", id="no number"),
        pytest.param("kind: Tier\nmetadata: {name: x}\n7: 8\n[1]: 2", id="names that are none"),
    ],
)
def test_what_json_cannot_say_is_refused(text: str, terminal: Terminal) -> None:
    result = terminal.run("apply", "-f", "-", stdin=text)
    assert (result.code, terminal.store.documents()) == (1, {})
    assert result.errors
