"""JSON patches (RFC 6902): a list of operations at places that JSON pointers name (RFC 6901). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_END = "-"  # of a list
_POINTER = re.compile(r"(/([^~/]|~[01])*)*", re.DOTALL)
_FORMS = "add, replace and test have path and value, remove has path, move and copy have from and path"
# What becomes of an object or a list by an operation at a name or an index of it.
_Step = Callable[[Any, str], Any]


def applied(document: Any, operations: Sequence[Any]) -> Any:
    """The document after all operations, one after the other. Raises Invalid if one cannot be carried out."""
    whole = {"": document}  # so the empty pointer, which is the document, is a member like any other
    for number, operation in enumerate(operations):
        try:
            whole = _operated(whole, operation)
            if not whole:
                raise Invalid.of("", "a resource cannot be removed by a patch: use delete", "path")
        except Invalid as error:
            raise Invalid(error.under(f"patch[{number}]")) from None
    return whole[""]


def _operated(whole: Any, operation: Any) -> Any:
    match operation:
        case {"op": "add", "path": path, "value": value}:
            return _changed(whole, _tokens(path), _adding(value))
        case {"op": "remove", "path": path}:
            return _changed(whole, _tokens(path), _without)
        case {"op": "replace", "path": path, "value": value}:
            return _changed(whole, _tokens(path), _replacing(value))
        case {"op": "move", "from": source, "path": path}:
            moved = _found(whole, _tokens(source))
            return _changed(_changed(whole, _tokens(source), _without), _tokens(path), _adding(moved))
        case {"op": "copy", "from": source, "path": path}:
            return _changed(whole, _tokens(path), _adding(_found(whole, _tokens(source))))
        case {"op": "test", "path": path, "value": value}:
            return _tested(whole, path, value)
    raise Invalid.of(operation, f"is no operation: op is add, remove, replace, move, copy or test; {_FORMS}")


def _tested(whole: Any, path: Any, value: Any) -> Any:
    if not _is_same(_found(whole, _tokens(path)), value):
        raise Invalid.of(value, f"is not what is at {path or 'the root'}: the test fails, nothing is changed", "value")
    return whole


def _tokens(pointer: object) -> list[str]:
    """The names and indices on the way; the first one is empty and names the document."""
    if not isinstance(pointer, str) or not _POINTER.fullmatch(pointer):
        raise Invalid.of(pointer, "must be a JSON pointer, such as /spec/cidr (with ~1 for / and ~0 for ~)", "path")
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")]


def _found(value: Any, tokens: Sequence[str]) -> Any:
    for token in tokens:
        value = value[_place(value, token)]
    return value


def _changed(value: Any, tokens: Sequence[str], step: _Step) -> Any:
    """A copy in which the step was done at the end of the way."""
    token, *rest = tokens
    if not rest:
        return step(value, token)
    place = _place(value, token)
    changed = value.copy()
    changed[place] = _changed(value[place], rest, step)
    return changed


def _adding(item: Any) -> _Step:
    def step(value: Any, token: str) -> Any:
        if isinstance(value, dict):
            return {**value, token: item}
        place = len(value) if isinstance(value, list) and token == _END else _place(value, token, is_new=True)
        return [*value[:place], item, *value[place:]]

    return step


def _replacing(item: Any) -> _Step:
    def step(value: Any, token: str) -> Any:
        changed = value.copy()
        changed[_place(value, token)] = item
        return changed

    return step


def _without(value: Any, token: str) -> Any:
    place = _place(value, token)
    changed = value.copy()
    del changed[place]
    return changed


def _place(value: Any, token: str, *, is_new: bool = False) -> Any:
    """The name or index of something that is there, with ``is_new`` also the index behind the end. Raises Invalid."""
    if isinstance(value, dict) and token in value:
        return token
    if isinstance(value, list) and _INDEX.fullmatch(token) and int(token) < len(value) + is_new:
        return int(token)
    raise Invalid.of(token, f"there is nothing of that name; there is {_content(value)}", "path")


def _content(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(map(str, value)) or "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "a value without parts"


def _is_same(one: Any, other: Any) -> bool:
    """Equality of JSON, where true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
