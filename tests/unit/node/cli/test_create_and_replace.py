"""Commands that demand something of what is stored: that it is absent, there, or still as it was read."""

import pathlib

import pytest
import yaml

from ansible_collections.calico.docker.plugins.module_utils.model import ip_pools, network_sets, resources
from tests.unit.node.cli.terminal import Terminal

POOL = "{kind: IPPool, metadata: {name: v4}, spec: {cidr: 10.65.0.0/16, natOutgoing: true}}"
OTHER = "{kind: IPPool, metadata: {name: other}, spec: {cidr: 10.66.0.0/16}}"
KEY = resources.key_of(ip_pools.IPPool, "v4")
BROKEN = {"kind": "IPPool", "metadata": {"name": "v4"}, "spec": {"cidr": "x"}}


def stored(terminal: Terminal) -> dict[str, object]:
    record = terminal.store.get(KEY)
    assert record is not None
    spec: dict[str, object] = record.document()["spec"]
    return spec


def as_shown(terminal: Terminal) -> str:
    """The pool as ``get`` prints it, with its resourceVersion, and one change that a person made."""
    text = terminal.run("get", "ippool", "v4", "-o", "yaml").output
    return text.replace("natOutgoing: true", "natOutgoing: false")


def test_create_leaves_what_exists_where_that_is_no_error(terminal: Terminal) -> None:
    terminal.run("create", "-f", "-", stdin=POOL)
    changed = POOL.replace("true", "false")
    result = terminal.run("create", "--skip-exists", "-f", "-", stdin=f"{changed}\n---\n{OTHER}")
    assert (result.code, result.output) == (0, "Successfully created 2 'IPPool' resource(s)\n")
    assert stored(terminal)["natOutgoing"] is True
    assert terminal.run("get", "ippool", "other").code == 0


@pytest.mark.parametrize("words", [("create",), ("create", "--skip-exists")])
def test_create_does_not_touch_a_record_that_is_not_valid(words: tuple[str, ...], terminal: Terminal) -> None:
    terminal.store.put(KEY, BROKEN)
    result = terminal.run(*words, "-f", "-", stdin=POOL)
    assert result.code == (1 if len(words) == 1 else 0)
    assert terminal.store.documents()[KEY] == BROKEN


def test_create_does_not_overwrite_who_was_faster(terminal: Terminal) -> None:
    terminal.store.before_commit.append(lambda: terminal.store.put(KEY, BROKEN))
    result = terminal.run("create", "-f", "-", stdin=POOL)
    assert (result.code, result.errors) == (1, "resource already exists: IPPool(v4); use apply to change it\n")
    assert terminal.store.documents()[KEY] == BROKEN


def test_replace_makes_the_whole_resource_what_the_document_says(terminal: Terminal) -> None:
    terminal.run("create", "-f", "-", stdin=POOL)
    result = terminal.run(
        "replace", "-f", "-", stdin="{kind: IPPool, metadata: {name: v4}, spec: {cidr: 10.65.0.0/16}}"
    )
    assert (result.code, result.output) == (0, "Successfully replaced 1 'IPPool' resource(s)\n")
    assert "natOutgoing" not in stored(terminal)


def test_replace_keeps_the_marks_and_the_fields_that_are_not_known_here(terminal: Terminal) -> None:
    terminal.run("create", "-f", "-", stdin=POOL)
    record = terminal.store.get(KEY)
    assert record is not None
    before = record.document()
    terminal.store.put(KEY, {**before, "spec": {**before["spec"], "ofTomorrow": 1}})
    terminal.run("replace", "-f", "-", stdin=POOL.replace("true", "false"))
    after = terminal.store.documents()[KEY]
    assert isinstance(after, dict)
    assert after["metadata"] == before["metadata"]
    assert after["spec"]["ofTomorrow"] == 1


def test_replace_mends_a_record_that_is_not_valid(terminal: Terminal) -> None:
    terminal.store.put(KEY, BROKEN)
    assert terminal.run("replace", "-f", "-", stdin=POOL).code == 0
    assert stored(terminal)["cidr"] == "10.65.0.0/16"


def test_replace_refuses_what_is_not_there(terminal: Terminal) -> None:
    result = terminal.run("replace", "-f", "-", stdin=POOL)
    assert (result.code, result.errors) == (1, "resource does not exist: IPPool(v4)\n")
    named = terminal.run("replace", "-n", "shop", "-f", "-", stdin="{kind: NetworkSet, metadata: {name: near}}")
    assert named.errors == "resource does not exist: NetworkSet(shop/near)\n"
    assert terminal.store.documents() == {}


def test_replace_does_not_bring_back_what_was_deleted_meanwhile(terminal: Terminal) -> None:
    terminal.run("create", "-f", "-", stdin=POOL)
    terminal.store.before_commit.append(lambda: terminal.store.delete(KEY))
    assert terminal.run("replace", "-f", "-", stdin=POOL.replace("true", "false")).code == 1
    assert terminal.store.documents() == {}


def test_replace_without_a_version_is_decided_anew_when_another_writer_was_faster(terminal: Terminal) -> None:
    terminal.run("create", "-f", "-", stdin=POOL)
    document = terminal.store.documents()[KEY]
    assert isinstance(document, dict)
    terminal.store.before_commit.append(lambda: terminal.store.put(KEY, document))
    assert terminal.run("replace", "-f", "-", stdin=POOL.replace("true", "false")).code == 0
    assert "natOutgoing" not in stored(terminal)


@pytest.mark.parametrize("words", [("apply",), ("replace",), ("delete",)])
def test_what_was_read_and_has_changed_since_is_a_conflict(words: tuple[str, ...], terminal: Terminal) -> None:
    terminal.run("create", "-f", "-", stdin=POOL)
    edited = as_shown(terminal)
    terminal.run("apply", "-f", "-", stdin=POOL.replace("true", "true, blockSize: 26, disabled: true"))
    after = terminal.store.documents()
    result = terminal.run(*words, "-f", "-", stdin=edited)
    assert result.code == 1
    assert result.errors.startswith("update conflict: IPPool(v4): resourceVersion 2 is out of date, the latest is 3: ")
    assert terminal.store.documents() == after


@pytest.mark.parametrize("words", [("apply",), ("replace",)])
def test_a_change_of_another_writer_between_look_and_write_is_a_conflict_too(
    words: tuple[str, ...], terminal: Terminal
) -> None:
    terminal.run("create", "-f", "-", stdin=POOL)
    edited = as_shown(terminal)
    document = terminal.store.documents()[KEY]
    assert isinstance(document, dict)
    terminal.store.before_commit.append(lambda: terminal.store.put(KEY, document))
    result = terminal.run(*words, "-f", "-", stdin=edited)
    assert (result.code, result.errors.partition(": IPPool")[0]) == (1, "update conflict")
    assert terminal.store.documents()[KEY] == document


@pytest.mark.parametrize("words", [("apply",), ("replace",)])
def test_what_was_read_and_edited_is_taken_back(words: tuple[str, ...], terminal: Terminal) -> None:
    terminal.run("create", "-f", "-", stdin=POOL)
    assert terminal.run(*words, "-f", "-", stdin=as_shown(terminal)).code == 0
    assert "natOutgoing" not in stored(terminal)


def test_a_version_is_of_no_account_where_there_is_nothing(terminal: Terminal) -> None:
    terminal.run("create", "-f", "-", stdin=POOL)
    saved = as_shown(terminal)
    for command in ("create", "apply"):
        terminal.run("delete", "ippool", "v4")
        assert terminal.run(command, "-f", "-", stdin=saved).code == 0


def test_directories_of_a_directory_count_when_asked_for(terminal: Terminal, tmp_path: pathlib.Path) -> None:
    deep = tmp_path / "set" / "deep.yaml"
    deep.mkdir(parents=True)  # a directory by a file's name is none
    (deep / "pool.yml").write_text(POOL)
    (tmp_path / "set" / "other.json").write_text(
        '{"kind": "IPPool", "metadata": {"name": "o"}, "spec": {"cidr": "fd65::/48"}}'
    )
    assert terminal.run("create", "-f", str(tmp_path / "set")).output.startswith("Successfully created 1 ")
    result = terminal.run("apply", "-R", "-f", str(tmp_path / "set"))
    assert result.output == "Successfully applied 2 'IPPool' resource(s)\n"


def test_a_file_without_resources_is_an_error_unless_told_otherwise(terminal: Terminal) -> None:
    assert terminal.run("create", "-f", "-", stdin="---\n").errors == "- holds no resource\n"
    result = terminal.run("create", "--skip-empty", "-f", "-", stdin="---\n")
    assert (result.code, result.output) == (0, "No resources specified\n")


@pytest.mark.parametrize("command", ["create", "replace", "delete"])
def test_the_state_of_the_cluster_is_nobodys_to_write(command: str, terminal: Terminal) -> None:
    text = "{kind: ClusterInformation, metadata: {name: default}, spec: {datastoreReady: false}}"
    result = terminal.run(command, "-f", "-", stdin=text)
    assert (result.code, result.errors) == (1, "ClusterInformation is read-only\n")
    assert terminal.run("delete", "clusterinfo", "default").errors == "ClusterInformation is read-only\n"


def test_namespaces_are_told_apart(terminal: Terminal) -> None:
    terminal.run("create", "-n", "shop", "-f", "-", stdin="{kind: NetworkSet, metadata: {name: near}}")
    text = "{kind: NetworkSet, metadata: {name: near, namespace: shop}, spec: {nets: [192.0.2.0/24]}}"
    assert terminal.run("replace", "-f", "-", stdin=text).code == 0
    record = terminal.store.documents()[resources.key_of(network_sets.NetworkSet, "near", "shop")]
    assert yaml.safe_load(str(record))["spec"] == {"nets": ["192.0.2.0/24"]}
