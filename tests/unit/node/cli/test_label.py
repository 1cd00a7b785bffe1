"""Labels come, change and go one by one, and nobody else's change is lost by it."""

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import nodes, resources, workload_endpoints
from tests.unit.node.cli.terminal import Terminal

NODE = """
kind: Node
metadata: {name: a, labels: {rack: "1"}}
spec: {bgp: {ipv4Address: 172.31.1.11/24}}
"""
KEY = resources.key_of(nodes.Node, "a")
ENDPOINT = {
    "kind": "WorkloadEndpoint",
    "metadata": {
        "name": "a-libnetwork-libnetwork-0123",
        "namespace": "libnetwork",
        "labels": {"projectcalico.org/namespace": "libnetwork", "projectcalico.org/orchestrator": "libnetwork"},
    },
    "spec": {"orchestrator": "libnetwork", "workload": "libnetwork", "node": "a", "endpoint": "0123"},
}


@pytest.fixture(autouse=True)
def _node(terminal: Terminal) -> None:
    assert terminal.run("create", "-f", "-", stdin=NODE).code == 0


def labels(terminal: Terminal) -> dict[str, str]:
    record = terminal.store.get(KEY)
    assert record is not None
    found: dict[str, str] = record.document()["metadata"].get("labels", {})
    return found


def test_a_label_comes_changes_and_goes(terminal: Terminal) -> None:
    assert terminal.run("label", "nodes", "a", "role=edge").output == "Successfully set label role on Node a\n"
    assert labels(terminal) == {"rack": "1", "role": "edge"}
    changed = terminal.run("label", "nodes", "a", "role=core", "--overwrite")
    assert changed.output == "Successfully updated label role on Node a\n"
    assert labels(terminal) == {"rack": "1", "role": "core"}
    gone = terminal.run("label", "nodes", "a", "role", "--remove")
    assert gone.output == "Successfully removed label role from Node a\n"
    assert labels(terminal) == {"rack": "1"}


def test_the_last_label_and_an_empty_one(terminal: Terminal) -> None:
    terminal.run("label", "node", "a", "edge=")
    assert labels(terminal) == {"rack": "1", "edge": ""}
    for key in ("edge", "rack"):
        assert terminal.run("label", "node", "a", key, "--remove").code == 0
    assert labels(terminal) == {}


def test_a_label_that_is_there_is_not_changed_unless_told_so(terminal: Terminal) -> None:
    written = terminal.store.revision
    result = terminal.run("label", "node", "a", "rack=2")
    assert result.code == 1
    assert result.errors == (
        "failed to update label of Node a, key rack is already present. please use '--overwrite' to set a new value.\n"
    )
    assert terminal.run("label", "node", "a", "rack=1").code == 0  # what it has already
    assert terminal.store.revision == written


def test_a_label_that_is_not_there_cannot_go(terminal: Terminal) -> None:
    result = terminal.run("label", "node", "a", "role", "--remove")
    assert (result.code, result.errors) == (1, "cannot remove label of Node a, key role does not exist\n")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param(("role",), "invalid label role: give KEY=VALUE", id="no value"),
        pytest.param(("role=a=b",), "invalid label role=a=b", id="two signs"),
        pytest.param(("=a",), "invalid label =a", id="no key"),
        pytest.param(("role=a", "--remove"), "invalid label role=a", id="a value to remove"),
        pytest.param(("role=a b",), "metadata.labels.role: 'a b' is refused: a label value is", id="a space"),
        pytest.param(("_=a",), "metadata.labels._: '_' is refused: a label name is", id="no name"),
        pytest.param(("role=a", "--remove", "--overwrite"), "not allowed with argument", id="both"),
    ],
)
def test_wrong_labels_are_refused_before_the_datastore_is_asked(
    words: tuple[str, ...], text: str, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.store.fail(1)
    result = terminal.run("label", "node", "a", *words)
    assert result.code == 1
    assert text in result.errors + capsys.readouterr().err
    terminal.store.recover()
    assert labels(terminal) == {"rack": "1"}


def test_what_is_not_there_has_no_labels(terminal: Terminal) -> None:
    result = terminal.run("label", "networkset", "near", "role=a", "-n", "shop")
    assert (result.code, result.errors) == (1, "resource does not exist: NetworkSet(shop/near)\n")
    assert terminal.run("label", "clusterinfo", "default", "role=a").errors == "ClusterInformation is read-only\n"


def test_a_change_that_another_writer_made_meanwhile_stays(terminal: Terminal) -> None:
    record = terminal.store.get(KEY)
    assert record is not None
    document = record.document()
    document["metadata"]["labels"] = {"rack": "7", "theirs": "x"}
    document["spec"]["ofTomorrow"] = 1
    terminal.store.before_commit.append(lambda: terminal.store.put(KEY, document))
    assert terminal.run("label", "node", "a", "role=edge").code == 0
    assert labels(terminal) == {"rack": "7", "theirs": "x", "role": "edge"}
    after = terminal.store.documents()[KEY]
    assert isinstance(after, dict)
    assert after["spec"] == document["spec"]


def test_a_label_that_another_writer_set_meanwhile_is_not_overwritten(terminal: Terminal) -> None:
    record = terminal.store.get(KEY)
    assert record is not None
    document = record.document()
    document["metadata"]["labels"] = {"role": "theirs"}
    terminal.store.before_commit.append(lambda: terminal.store.put(KEY, document))
    assert "already present" in terminal.run("label", "node", "a", "role=mine").errors
    assert labels(terminal) == {"role": "theirs"}


def test_labels_of_calico_are_calicos(terminal: Terminal) -> None:
    endpoint = workload_endpoints.WorkloadEndpoint.decode(ENDPOINT)
    terminal.store.put(endpoint.key, endpoint.encode())
    words = ("label", "wep", "-n", "libnetwork", endpoint.name)
    assert terminal.run(*words, "role=web").code == 0
    before = terminal.store.documents()
    for change in (("projectcalico.org/orchestrator=k8s", "--overwrite"), ("projectcalico.org/namespace", "--remove")):
        refused = terminal.run(*words, *change)
        assert (refused.code, "is Calico's own and stays as it is" in refused.errors) == (1, True)
    assert terminal.store.documents() == before
    terminal.run(
        "create",
        "-f",
        "-",
        stdin="{kind: Tier, metadata: {name: default}, spec: {order: 1000000, defaultAction: Deny}}",
    )
    terminal.run("create", "-f", "-", stdin="{kind: GlobalNetworkPolicy, metadata: {name: web}}")
    kept = terminal.run("label", "gnp", "web", "projectcalico.org/tier=other")
    assert (kept.code, kept.errors) == (
        1,
        "label projectcalico.org/tier of GlobalNetworkPolicy web is Calico's own and stays as it is\n",
    )


def test_a_record_that_is_not_valid_is_not_labelled(terminal: Terminal) -> None:
    terminal.store.put(KEY, {"kind": "Node", "metadata": {"name": "a"}, "spec": {"bgp": {"ipv4Address": "x"}}})
    result = terminal.run("label", "node", "a", "role=edge")
    assert (result.code, result.errors) == (1, "Node(a) is stored, but not valid: use replace to write it anew\n")
