"""What the two kinds of patches make of a document, by the rules of their RFCs."""

import copy
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node.cli import json_patch, merge_patch

DOCUMENT = {"a": {"b": 1, "l": [1, 2, 3]}, "x/y": "slash", "m~n": "tilde", "": "empty", "t": True, "0": "zero"}


@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b"}, {"c": None}, {"a": "b"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a"], {"a": 1}, {"a": 1}),
        ({"a": "foo"}, None, None),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ],
)
def test_a_merge_patch(document: Any, patch: Any, result: Any) -> None:
    before = copy.deepcopy(document)
    assert merge_patch.applied(document, patch) == result
    assert document == before


def changed(*operations: dict[str, Any]) -> Any:
    before = copy.deepcopy(DOCUMENT)
    result = json_patch.applied(DOCUMENT, operations)
    assert before == DOCUMENT
    return result


@pytest.mark.parametrize(
    ("operation", "place", "value"),
    [
        pytest.param({"op": "add", "path": "/a/c", "value": 7}, ("a", "c"), 7, id="a new member"),
        pytest.param({"op": "add", "path": "/a/b", "value": 7}, ("a", "b"), 7, id="a member that is there"),
        pytest.param({"op": "add", "path": "/a/l/0", "value": 7}, ("a", "l"), [7, 1, 2, 3], id="before the first"),
        pytest.param({"op": "add", "path": "/a/l/3", "value": 7}, ("a", "l"), [1, 2, 3, 7], id="behind the last"),
        pytest.param({"op": "add", "path": "/a/l/-", "value": 7}, ("a", "l"), [1, 2, 3, 7], id="at the end"),
        pytest.param({"op": "add", "path": "/a/-", "value": 7}, ("a", "-"), 7, id="a member of that name"),
        pytest.param({"op": "add", "path": "/a/n", "value": None}, ("a", "n"), None, id="null"),
        pytest.param({"op": "remove", "path": "/a/l/1"}, ("a", "l"), [1, 3], id="an item goes"),
        pytest.param({"op": "replace", "path": "/a/l/1", "value": 7}, ("a", "l"), [1, 7, 3], id="an item"),
        pytest.param({"op": "replace", "path": "/x~1y", "value": 7}, ("x/y",), 7, id="a slash"),
        pytest.param({"op": "replace", "path": "/m~0n", "value": 7}, ("m~n",), 7, id="a tilde"),
        pytest.param({"op": "add", "path": "/~01", "value": 7}, ("~1",), 7, id="a tilde before a one"),
        pytest.param({"op": "replace", "path": "/", "value": 7}, ("",), 7, id="the empty name"),
        pytest.param({"op": "replace", "path": "/0", "value": 7}, ("0",), 7, id="a number as a name"),
        pytest.param({"op": "replace", "path": "", "value": {"z": 7}}, ("z",), 7, id="everything"),
        pytest.param({"op": "move", "from": "/a/b", "path": "/c"}, ("c",), 1, id="moved"),
        pytest.param({"op": "move", "from": "/a/l/0", "path": "/a/l/2"}, ("a", "l"), [2, 3, 1], id="in its list"),
        pytest.param({"op": "move", "from": "/a", "path": ""}, ("b",), 1, id="a part becomes everything"),
        pytest.param({"op": "copy", "from": "/a/l", "path": "/c"}, ("c",), [1, 2, 3], id="copied"),
        pytest.param({"op": "test", "path": "/a", "value": {"l": [1, 2.0, 3], "b": 1}}, ("a", "b"), 1, id="tested"),
        pytest.param({"op": "test", "path": "/t", "value": True, "more": 1}, ("t",), True, id="more than is asked for"),
    ],
)
def test_an_operation(operation: dict[str, Any], place: tuple[str, ...], value: object) -> None:
    result = changed(operation)
    for name in place:
        result = result[name]
    assert result == value


def test_operations_are_done_one_after_the_other_and_share_nothing() -> None:
    result = changed(
        {"op": "copy", "from": "/a", "path": "/c"},
        {"op": "remove", "path": "/a/l"},
        {"op": "add", "path": "/c/l/0", "value": 0},
        {"op": "move", "from": "/c/l", "path": "/l"},
    )
    assert (result["a"], result["c"], result["l"]) == ({"b": 1}, {"b": 1}, [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        pytest.param(
            {"op": "remove", "path": "/a/c"}, "path: 'c' is refused: there is nothing of that name", id="gone"
        ),
        pytest.param({"op": "replace", "path": "/c", "value": 1}, "there is a, x/y, m~n", id="nothing to replace"),
        pytest.param({"op": "add", "path": "/c/d", "value": 1}, "'c' is refused", id="no place for it"),
        pytest.param({"op": "add", "path": "/a/b/c", "value": 1}, "a value without parts", id="in a number"),
        pytest.param({"op": "add", "path": "/a/l/4", "value": 1}, "a list of 3", id="far behind the end"),
        pytest.param({"op": "remove", "path": "/a/l/3"}, "a list of 3", id="behind the end"),
        pytest.param({"op": "remove", "path": "/a/l/-"}, "a list of 3", id="the end itself"),
        pytest.param({"op": "remove", "path": "/a/l/01"}, "a list of 3", id="a zero in front"),
        pytest.param({"op": "remove", "path": "/a/l/-1"}, "a list of 3", id="from behind"),
        pytest.param({"op": "remove", "path": "a"}, "must be a JSON pointer", id="no slash"),
        pytest.param({"op": "remove", "path": "/m~n"}, "must be a JSON pointer", id="a bare tilde"),
        pytest.param({"op": "remove", "path": 7}, "must be a JSON pointer", id="a number"),
        pytest.param({"op": "remove", "path": ""}, "cannot be removed by a patch", id="everything"),
        pytest.param({"op": "move", "from": "/a", "path": "/a/b"}, "'a' is refused", id="into itself"),
        pytest.param({"op": "move", "from": "", "path": "/a"}, "is refused", id="everything into a part"),
        pytest.param({"op": "copy", "from": "/c", "path": "/a"}, "'c' is refused", id="nothing to copy"),
        pytest.param({"op": "test", "path": "/t", "value": 1}, "value: 1 is refused: is not what is at /t", id="1"),
        pytest.param({"op": "test", "path": "/a/l", "value": [1, 2]}, "the test fails", id="a shorter list"),
        pytest.param({"op": "test", "path": "/a", "value": {"b": 1}}, "the test fails", id="less"),
        pytest.param({"op": "test", "path": "", "value": None}, "at the root", id="not everything"),
        pytest.param({"op": "add", "path": "/a"}, "is no operation", id="no value"),
        pytest.param({"op": "merge", "path": "/a", "value": 1}, "is no operation", id="no such operation"),
        pytest.param({"path": "/a"}, "is no operation", id="nothing to do"),
    ],
)
def test_an_operation_that_cannot_be_done(operation: dict[str, Any], text: str) -> None:
    with pytest.raises(Invalid) as caught:
        changed({"op": "test", "path": "/a/b", "value": 1}, operation)
    assert str(caught.value).startswith("patch[1]")
    assert text in str(caught.value)


@pytest.mark.parametrize("operation", [None, "remove", ["remove", "/a"]])
def test_what_is_no_operation(operation: Any) -> None:
    with pytest.raises(Invalid, match=r"^patch\[0\]: .* is refused: is no operation"):
        json_patch.applied(DOCUMENT, [operation])
