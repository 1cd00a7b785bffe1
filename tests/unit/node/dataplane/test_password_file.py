"""The file that role node writes from the vault: what is taken from it, and that no message shows what is in it."""

import json
import pathlib

import pytest

from calico_node.dataplane.password_file import PasswordFile


def written(path: pathlib.Path, content: str, mode: int = 0o600) -> PasswordFile:
    path.write_text(content)
    path.chmod(mode)
    return PasswordFile(path)


def test_without_a_file_nothing_is_known_and_nothing_is_wrong(tmp_path: pathlib.Path) -> None:
    found = PasswordFile(tmp_path / "none.json").read()
    assert (found.known, found.problems) == ({}, ())


def test_passwords_are_known_by_secret_and_key(tmp_path: pathlib.Path) -> None:
    file = written(tmp_path / "p.json", json.dumps({"bgp": {"tor": "one", "mesh": "t w o"}, "other": {"tor": "3"}}))
    assert file.read().known == {("bgp", "tor"): "one", ("bgp", "mesh"): "t w o", ("other", "tor"): "3"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("hunter2", "is not used: it is no JSON", id="no JSON"),
        pytest.param('"hunter2"', "must be a mapping of secrets: {secret: {key: password}}", id="no mapping"),
        pytest.param('{"bgp": "hunter2"}', "bgp: must be a mapping of keys to passwords", id="no mapping of keys"),
        pytest.param('{"bgp": {"tor": ""}}', "bgp.tor: must be 1 to 80 printable ASCII", id="empty"),
        pytest.param(json.dumps({"bgp": {"tor": "hunter2" * 12}}), "bgp.tor: must be 1 to 80", id="too long"),
        pytest.param(json.dumps({"bgp": {"tor": 'hunter2"'}}), 'characters without "', id="a quotation mark"),
        pytest.param(json.dumps({"bgp": {"tor": "hunter2\n"}}), "bgp.tor: must be 1 to 80", id="a line's end"),
        pytest.param(json.dumps({"bgp": {"tor": "hunter2é"}}), "bgp.tor: must be 1 to 80", id="not ASCII"),
        pytest.param('{"bgp": {"tor": 12345678}}', "bgp.tor: must be 1 to 80", id="a number"),
    ],
)
def test_what_is_wrong_is_told_without_showing_it(content: str, problem: str, tmp_path: pathlib.Path) -> None:
    found = written(tmp_path / "p.json", content).read()
    assert problem in "".join(found.problems)
    assert found.known == {}
    assert "hunter2" not in repr(found)
    assert "12345678" not in repr(found)


def test_one_bad_password_does_not_spoil_the_others(tmp_path: pathlib.Path) -> None:
    found = written(tmp_path / "p.json", json.dumps({"bgp": {"a": "", "b": "good"}})).read()
    assert found.known == {("bgp", "b"): "good"}
    assert "good" not in repr(found)


def test_a_file_that_others_may_read_is_not_used(tmp_path: pathlib.Path) -> None:
    found = written(tmp_path / "p.json", '{"bgp": {"tor": "one"}}', mode=0o640).read()
    assert found.known == {}
    assert found.problems == (f"{tmp_path}/p.json is not used: others may read it; chmod 600 it",)


def test_what_did_not_change_is_the_same_object_and_what_changed_is_read(tmp_path: pathlib.Path) -> None:
    file = written(tmp_path / "p.json", '{"bgp": {"tor": "one"}}')
    first = file.read()
    assert file.read() is first
    written(tmp_path / "new.json", '{"bgp": {"tor": "two"}}')
    (tmp_path / "new.json").rename(tmp_path / "p.json")
    assert file.read().known == {("bgp", "tor"): "two"}
    (tmp_path / "p.json").unlink()
    none = file.read()
    assert none.known == {}
    assert file.read() is none
