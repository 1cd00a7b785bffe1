"""Our table as text to read in a diff: one line a rule, elements sorted. Only for the golden files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from calico_node.render import nft


def write(table: nft.Table) -> str:
    return "\n".join((*_sets(table), *_chains(table), ""))


def _sets(table: nft.Table) -> Iterator[str]:
    for name, found in sorted(table.sets.items()):
        data = f" : {' . '.join(found.data)}" if found.data else ""
        yield f"{'map' if found.verdict or data else 'set'} {name}: {' . '.join(found.type)}{data}"
        for element in sorted(found.elements, key=str):
            yield "    " + (" . ".join(map(str, element)) if isinstance(element, tuple) else str(element))


def _chains(table: nft.Table) -> Iterator[str]:
    for name, chain in sorted(table.chains.items()):
        yield f"chain {name}" + (f": {chain.hook.name} {chain.hook.priority}" if chain.hook else "")
        for rule in chain.rules:
            comment = f"  # {rule.comment}" if rule.comment else ""
            yield "    " + "  ".join(map(_expression, rule.expressions)) + comment


def _expression(expression: nft.Expression) -> str:
    ((kind, body),) = expression.items()
    if kind == "match":
        return f"{_value(body['left'])} {body['op']} {_value(body['right'])}"
    if kind == "mangle":
        return f"{_value(body['key'])} = {_value(body['value'])}"
    if kind in ("jump", "goto"):
        return f"{kind} {body['target']}"
    if kind == "vmap":
        return f"{_value(body['key'])} vmap {body['data']}"
    return kind if body is None else f"{kind} {json.dumps(body)}"


def _value(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(_value, value))
    if isinstance(value, dict):
        ((kind, body),) = value.items()
        return _COMPOSED[kind](body)
    return f"{value:#x}" if isinstance(value, int) and value > 0xFFFF else str(value)


_COMPOSED: dict[str, Callable[[Any], str]] = {
    "|": lambda body: f"{_value(body[0])} | {_value(body[1])}",
    "&": lambda body: f"{_value(body[0])} & {_value(body[1])}",
    "payload": lambda body: (
        f"@{body['base']},{body['offset']},{body['len']}" if "base" in body else f"{body['protocol']} {body['field']}"
    ),
    "meta": lambda body: f"meta {body['key']}",
    "ct": lambda body: f"ct {body['key']}",
    "fib": lambda body: f"fib {','.join(body['flags'])} {body['result']}",
    "prefix": lambda body: f"{body['addr']}/{body['len']}",
    "range": lambda body: f"{body[0]}-{body[1]}",
    "concat": lambda body: " . ".join(map(_value, body)),
    "set": lambda body: "{" + ", ".join(map(_value, body)) + "}",
}
