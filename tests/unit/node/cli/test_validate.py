"""validate says what is wrong with each document, and needs no datastore for it."""

import pathlib

import pytest

from tests.unit.node.cli.terminal import Terminal

POOL = "{kind: IPPool, metadata: {name: v4}, spec: {cidr: 10.65.0.0/16}}"
SET = "{kind: NetworkSet, metadata: {name: near}, spec: {nets: [192.0.2.0/24]}}"


@pytest.fixture(autouse=True)
def _without_a_datastore(terminal: Terminal) -> None:
    terminal.environ.clear()
    terminal.store.fail(1000)


def test_it_needs_no_datastore(terminal: Terminal) -> None:
    result = terminal.run("validate", "-f", "-", stdin=f"{POOL}\n---\n{SET}")
    assert (result.code, result.output, result.errors) == (0, "Successfully validated 2 resource(s)\n", "")
    one = terminal.run("validate", "-f", "-", stdin=POOL)
    assert one.output == "Successfully validated 1 'IPPool' resource(s)\n"
    assert terminal.run("get", "ippools").code == 1  # which is how we know that there was none


def test_each_document_that_is_wrong_is_told_with_all_that_is_wrong_in_it(terminal: Terminal) -> None:
    wrong = POOL.replace("10.65.0.0/16", "10.65.0.1/16, blocksize: 26")
    result = terminal.run("validate", "-f", "-", stdin=f"{POOL}\n---\n{wrong}\n---\n{SET}\n---\nkind: Pod")
    assert (result.code, result.output) == (1, "")
    first, second, third, last = result.errors.splitlines()
    assert first.startswith("standard input[2].spec.cidr: '10.65.0.1/16' is refused: has host bits set")
    assert second.startswith("standard input[2].spec.blocksize: 26 is refused: no such field")
    assert third.startswith("standard input[4].kind: 'Pod' is refused: must be one of BGPConfiguration")
    assert last == "2 out of 4 resources are not valid"


def test_files_of_a_directory_are_told_apart(terminal: Terminal, tmp_path: pathlib.Path) -> None:
    (tmp_path / "good.yaml").write_text(POOL)
    (tmp_path / "bad.yaml").write_text(SET.replace("192.0.2.0/24", "everywhere"))
    result = terminal.run("validate", "-f", str(tmp_path))
    assert result.code == 1
    assert result.errors.startswith(f"{tmp_path}/bad.yaml[1].spec.nets[0]: 'everywhere' is refused: ")


def test_what_apply_would_refuse_for_its_kind_is_refused(terminal: Terminal) -> None:
    result = terminal.run("validate", "-f", "-", stdin="{kind: ClusterInformation, metadata: {name: default}}")
    assert result.code == 1
    assert result.errors.startswith("standard input[1]: ClusterInformation is read-only\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("a: b: c", "standard input is neither YAML nor JSON", id="no YAML"),
        pytest.param("", "- holds no resource", id="nothing"),
    ],
)
def test_what_is_no_resource_at_all_is_refused(text: str, told: str, terminal: Terminal) -> None:
    result = terminal.run("validate", "-f", "-", stdin=text)
    assert (result.code, result.output) == (1, "")
    assert result.errors.startswith(told)


def test_nothing_to_validate_is_fine_when_told_so(terminal: Terminal) -> None:
    result = terminal.run("validate", "--skip-empty", "-f", "-", stdin="")
    assert (result.code, result.output) == (0, "No resources specified\n")
