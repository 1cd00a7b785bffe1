"""patch changes parts of one resource; what the patch makes of it is checked as if a person had written it."""

import json

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import nodes, resources
from tests.unit.node.cli.terminal import Terminal

NODE = """
kind: Node
metadata: {name: a, labels: {rack: "1"}}
spec: {bgp: {ipv4Address: 172.31.1.11/24, asNumber: 64513}}
"""
KEY = resources.key_of(nodes.Node, "a")


@pytest.fixture(autouse=True)
def _node(terminal: Terminal) -> None:
    assert terminal.run("create", "-f", "-", stdin=NODE).code == 0


def stored(terminal: Terminal) -> dict[str, dict[str, object]]:
    record = terminal.store.get(KEY)
    assert record is not None
    document: dict[str, dict[str, object]] = record.document()
    return document


def patch(terminal: Terminal, change: object, *words: str) -> str:
    result = terminal.run("patch", "node", "a", "-p", json.dumps(change), *words)
    assert result.code == (1 if result.errors else 0)
    return result.errors or result.output


CLUSTER_ID = {"spec": {"bgp": {"routeReflectorClusterID": "10.0.0.1", "asNumber": None}}}
OPERATIONS = [
    {"op": "test", "path": "/spec/bgp/asNumber", "value": 64513},
    {"op": "add", "path": "/spec/bgp/routeReflectorClusterID", "value": "10.0.0.1"},
    {"op": "remove", "path": "/spec/bgp/asNumber"},
]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(CLUSTER_ID, (), id="strategic by default"),
        pytest.param(CLUSTER_ID, ("-t", "strategic"), id="strategic"),
        pytest.param(CLUSTER_ID, ("--type", "merge"), id="merge"),
        pytest.param(OPERATIONS, ("--type=json",), id="json"),
    ],
)
def test_what_the_patch_names_changes_and_all_else_stays(
    change: object, words: tuple[str, ...], terminal: Terminal
) -> None:
    before = stored(terminal)
    assert patch(terminal, change, *words) == "Successfully patched 1 'Node' resource\n"
    after = stored(terminal)
    assert after["spec"] == {"bgp": {"ipv4Address": "172.31.1.11/24", "routeReflectorClusterID": "10.0.0.1"}}
    assert after["metadata"] == before["metadata"]


def test_a_list_is_replaced_as_a_whole_and_json_changes_one_item(terminal: Terminal) -> None:
    terminal.run("create", "-f", "-", stdin="{kind: GlobalNetworkSet, metadata: {name: s}, spec: {nets: [10.0.0.0/8]}}")
    replace = '{"spec": {"nets": ["192.0.2.0/24"]}}'
    append = '[{"op": "add", "path": "/spec/nets/-", "value": "198.51.100.0/24"}]'
    assert terminal.run("patch", "gnetsets", "s", "--patch", replace).code == 0
    assert terminal.run("patch", "gnetsets", "s", "--patch", append, "-t", "json").code == 0
    shown = json.loads(terminal.run("get", "gnetsets", "s", "-o", "json").output)
    assert shown["spec"]["nets"] == ["192.0.2.0/24", "198.51.100.0/24"]


def test_a_patch_that_changes_nothing_writes_nothing(terminal: Terminal) -> None:
    written = terminal.store.revision
    assert patch(terminal, {"spec": {"bgp": {"asNumber": 64513}}}).startswith("Successfully patched")
    assert terminal.store.revision == written


@pytest.mark.parametrize(
    ("change", "words", "text"),
    [
        pytest.param({"spec": {"bpg": {}}}, (), "spec.bpg: {} is refused: no such field; known", id="unknown field"),
        pytest.param({"spec": {"bgp": {"asNumber": "x"}}}, (), "spec.bgp.asNumber: 'x' is refused", id="wrong value"),
        pytest.param({"spec": None, "kind": "Pod"}, (), "kind: 'Pod' is refused: must be Node", id="another kind"),
        pytest.param({"metadata": None}, (), "metadata.name: a missing value is refused", id="no metadata"),
        pytest.param({"metadata": {"name": "b"}}, (), "metadata.name: 'b' is refused: must stay Node(a)", id="name"),
        pytest.param({"metadata": 7}, (), "metadata: 7 is refused: must be an object", id="no object"),
        pytest.param({"$patch": "delete"}, (), "patch.$patch: 'delete' is refused: directives", id="directive"),
        pytest.param(
            {"spec": {"orchRefs": [{"$patch": "replace"}]}},
            (),
            "patch.spec.orchRefs[0].$patch: ",
            id="directive in a list",
        ),
        pytest.param([], (), "--type strategic takes an object", id="list"),
        pytest.param("x", ("-t", "merge"), "--type merge takes an object", id="text"),
        pytest.param({}, ("-t", "json"), "--type json takes a list of operations (RFC 6902)", id="object"),
        pytest.param([{"op": "remove", "path": ""}], ("-t", "json"), "patch[0].path: '' is refused: ", id="the whole"),
        pytest.param(
            [{"op": "replace", "path": "", "value": []}], ("-t", "json"), "a Node must be an object", id="a list for it"
        ),
        pytest.param(
            [{"op": "test", "path": "/spec/bgp/asNumber", "value": 1}], ("-t", "json"), "the test fails", id="test"
        ),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_written(
    change: object, words: tuple[str, ...], text: str, terminal: Terminal
) -> None:
    before = terminal.store.documents()
    assert text in patch(terminal, change, *words)
    assert terminal.store.documents() == before


@pytest.mark.parametrize(
    "text", ["", "{", "{spec: {}}", '{"a": NaN}', '{"a": 1e999}', '{"a": "\\ud800"}', "[" * 100000, "9" * 5000]
)
def test_what_is_no_json_is_refused_before_the_datastore_is_asked(text: str, terminal: Terminal) -> None:
    terminal.store.fail(1)
    result = terminal.run("patch", "node", "a", "-p", text)
    assert (result.code, result.errors.partition(":")[0]) == (1, "--patch is not JSON")


@pytest.mark.parametrize("depth", [100, 600, 900, 3000])
def test_a_patch_without_end_is_refused(depth: int, terminal: Terminal) -> None:
    result = terminal.run("patch", "node", "a", "-p", '{"spec":' * depth + "1" + "}" * depth)
    assert (result.code, "Traceback" in result.errors) == (1, False)
    assert "spec.spec" in result.errors or result.errors.startswith("--patch is ")


def test_what_is_not_there_or_not_valid_is_not_patched(terminal: Terminal) -> None:
    assert terminal.run("patch", "node", "b", "-p", "{}").errors == "resource does not exist: Node(b)\n"
    assert terminal.run("patch", "clusterinfo", "default", "-p", "{}").errors == "ClusterInformation is read-only\n"
    terminal.store.put(KEY, {"kind": "Node", "metadata": {"name": "a"}, "spec": {"bgp": {"ipv4Address": "x"}}})
    assert patch(terminal, {}) == "Node(a) is stored, but not valid: use replace to write it anew\n"


def test_rules_between_resources_hold(terminal: Terminal) -> None:
    terminal.run("create", "-f", "-", stdin=NODE.replace("name: a", "name: b").replace(".11/", ".12/"))
    assert "is the address of node b" in patch(terminal, {"spec": {"bgp": {"ipv4Address": "172.31.1.12/24"}}})


def test_a_change_that_another_writer_made_meanwhile_stays(terminal: Terminal) -> None:
    document = stored(terminal)
    document["metadata"]["labels"] = {"theirs": "x"}
    document["spec"]["ofTomorrow"] = 1
    terminal.store.before_commit.append(lambda: terminal.store.put(KEY, document))
    patch(terminal, CLUSTER_ID)
    after = stored(terminal)
    assert (after["metadata"]["labels"], after["spec"]["ofTomorrow"]) == ({"theirs": "x"}, 1)
    assert after["spec"]["bgp"] == {"ipv4Address": "172.31.1.11/24", "routeReflectorClusterID": "10.0.0.1"}


def test_a_test_is_of_what_another_writer_wrote_meanwhile(terminal: Terminal) -> None:
    document = stored(terminal)
    document["spec"]["bgp"] = {"ipv4Address": "172.31.1.11/24", "asNumber": 64514}
    terminal.store.before_commit.append(lambda: terminal.store.put(KEY, document))
    assert "the test fails" in patch(terminal, OPERATIONS, "-t", "json")
    assert stored(terminal) == document


def test_a_patch_for_a_version_is_refused_for_a_later_one(terminal: Terminal) -> None:
    revision = terminal.store.revision
    change = {"metadata": {"resourceVersion": str(revision), "labels": {"role": "edge"}}}
    assert patch(terminal, change).startswith("Successfully patched")
    assert patch(terminal, change).startswith(f"update conflict: Node(a): resourceVersion {revision} is out of date")


def test_policies_that_calico_stored_under_another_name_are_not_renamed_by_the_way(terminal: Terminal) -> None:
    document = {"kind": "GlobalNetworkPolicy", "metadata": {"name": "default.old"}, "spec": {"tier": "default"}}
    terminal.store.put(f"{resources.PREFIX}globalnetworkpolicies/default.old", document)
    before = terminal.store.documents()
    result = terminal.run("patch", "gnp", "default.old", "-p", '{"spec": {"order": 1}}')
    assert (result.code, "must stay GlobalNetworkPolicy(default.old)" in result.errors) == (1, True)
    assert terminal.store.documents() == before
