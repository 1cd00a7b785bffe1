"""Label selectors: the grammar of the Calico v3 API, parsed into a tree that answers ``matches``.

    or    := and ("||" and)*          and := unary ("&&" unary)*
    unary := "!"* primary             primary := "(" or ")" | has(L) | all() | global() | L op
    op    := == S | != S | contains S | starts with S | ends with S | in {S,..} | not in {S,..}

Negative operators match an absent label, positive ones do not. White space is space and tab.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Mapping

MAX_LENGTH = 1024

_SPACE = re.compile(r"[ \t]*")
_CALL = re.compile(r"(all|global)\([ \t]*\)")
_GLOBAL = re.compile(r"[ \t]*global\([ \t]*\)[ \t]*")
_HAS = re.compile(r"has\([ \t]*([A-Za-z0-9_./-]{1,512})[ \t]*\)")
_LABEL = re.compile(r"[A-Za-z0-9_./-]{1,512}")
_STRING = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_OPERATOR = re.compile(
    r"(?P<eq>==)|(?P<ne>!=)|(?P<contains>contains)|(?P<starts>starts[ \t]*with)|(?P<ends>ends[ \t]*with)"
    r"|(?P<notin>not[ \t]*in)|(?P<in>in)"
)


class SyntaxProblem(ValueError):
    """A selector that does not parse; says where and what was expected."""


@dataclasses.dataclass(frozen=True, slots=True)
class All:
    """``all()``: everything."""

    def matches(self, labels: Mapping[str, str]) -> bool:  # noqa: ARG002 - one signature for all nodes
        return True

    def __str__(self) -> str:
        return "all()"


@dataclasses.dataclass(frozen=True, slots=True)
class Global:
    """``global()``: only as a whole namespaceSelector; means "has no namespace"."""

    def matches(self, labels: Mapping[str, str]) -> bool:  # noqa: ARG002 - one signature for all nodes
        return False

    def __str__(self) -> str:
        return "global()"


@dataclasses.dataclass(frozen=True, slots=True)
class Has:
    """``has(label)``."""

    label: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        return self.label in labels

    def __str__(self) -> str:
        return f"has({self.label})"


@dataclasses.dataclass(frozen=True, slots=True)
class Compare:
    """``label OP "value"`` for the five text operators."""

    label: str
    operator: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        if self.label not in labels:
            return self.operator == "!="
        return _COMPARISONS[self.operator](labels[self.label], self.value)

    def __str__(self) -> str:
        return f"{self.label} {self.operator} {_quoted(self.value)}"


@dataclasses.dataclass(frozen=True, slots=True)
class In:
    """``label in {..}`` and, negated, ``label not in {..}``."""

    label: str
    values: frozenset[str]
    negated: bool

    def matches(self, labels: Mapping[str, str]) -> bool:
        return (labels.get(self.label) in self.values) != self.negated

    def __str__(self) -> str:
        values = ", ".join(_quoted(value) for value in sorted(self.values))
        return f"{self.label} {'not in' if self.negated else 'in'} {{{values}}}"


@dataclasses.dataclass(frozen=True, slots=True)
class Not:
    """``!node``."""

    node: Selector

    def matches(self, labels: Mapping[str, str]) -> bool:
        return not self.node.matches(labels)

    def __str__(self) -> str:
        return f"!{self.node}" if isinstance(self.node, (And, Or)) else f"!({self.node})"


@dataclasses.dataclass(frozen=True, slots=True)
class And:
    """Every node matches."""

    nodes: tuple[Selector, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(node.matches(labels) for node in self.nodes)

    def __str__(self) -> str:
        return "(" + " && ".join(map(str, self.nodes)) + ")"


@dataclasses.dataclass(frozen=True, slots=True)
class Or:
    """Some node matches."""

    nodes: tuple[Selector, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        return any(node.matches(labels) for node in self.nodes)

    def __str__(self) -> str:
        return "(" + " || ".join(map(str, self.nodes)) + ")"


Selector = All | Global | Has | Compare | In | Not | And | Or

_COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "==": lambda have, want: have == want,
    "!=": lambda have, want: have != want,
    "contains": lambda have, want: want in have,
    "starts with": str.startswith,
    "ends with": str.endswith,
}


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Selector:
    """The tree of a selector; empty means ``all()``. Raises SyntaxProblem."""
    if len(text) > MAX_LENGTH:
        raise SyntaxProblem(f"a selector has at most {MAX_LENGTH} characters, this one {len(text)}")
    cursor = _Cursor(text)
    if cursor.at_end():
        return All()
    tree = _or(cursor)
    if not cursor.at_end():
        raise cursor.expected("'&&', '||' or the end")
    return tree


def parse_namespace_selector(text: str) -> Selector:
    """As ``parse``, but the whole text may be ``global()``."""
    return Global() if _GLOBAL.fullmatch(text) else parse(text)


def conjunction(*nodes: Selector) -> Selector:
    """All of ``nodes``; a single one stays as it is."""
    return nodes[0] if len(nodes) == 1 else And(nodes)


def substitute(tree: Selector, *, prefix: str = "", everything: Selector | None = None) -> Selector:
    """The tree with ``prefix`` before each label and ``everything`` in place of ``all()``."""
    again = functools.partial(substitute, prefix=prefix, everything=everything)
    if isinstance(tree, All):
        return everything or tree
    if isinstance(tree, (Has, Compare, In)):
        return dataclasses.replace(tree, label=prefix + tree.label)
    if isinstance(tree, Not):
        return Not(again(tree.node))
    if isinstance(tree, (And, Or)):
        return dataclasses.replace(tree, nodes=tuple(map(again, tree.nodes)))
    return tree


class _Cursor:
    """A place in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        start = self._next()
        found = pattern.match(self.text, start)
        if found:
            self.position = found.end()
        return found

    def take_literal(self, literal: str) -> bool:
        start = self._next()
        if not self.text.startswith(literal, start):
            return False
        self.position = start + len(literal)
        return True

    def at_end(self) -> bool:
        return self._next() == len(self.text)

    def expected(self, what: str) -> SyntaxProblem:
        start = self._next()
        rest = self.text[start : start + 20] or "the end"
        return SyntaxProblem(f"at character {start + 1} ({rest!r}) expected {what}")

    def _next(self) -> int:
        found = _SPACE.match(self.text, self.position)
        return found.end() if found else self.position


def _or(cursor: _Cursor, depth: int = 0) -> Selector:
    nodes = [_and(cursor, depth)]
    while cursor.take_literal("||"):
        nodes.append(_and(cursor, depth))
    return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))


def _and(cursor: _Cursor, depth: int) -> Selector:
    nodes = [_unary(cursor, depth)]
    while cursor.take_literal("&&"):
        nodes.append(_unary(cursor, depth))
    return conjunction(*nodes)


def _unary(cursor: _Cursor, depth: int) -> Selector:
    negated = False
    while cursor.take_literal("!"):
        negated = not negated
    node = _primary(cursor, depth)
    return Not(node) if negated else node


def _primary(cursor: _Cursor, depth: int) -> Selector:
    if depth > 100:
        raise cursor.expected("at most 100 nested parentheses")
    if cursor.take_literal("("):
        inner = _or(cursor, depth + 1)
        if not cursor.take_literal(")"):
            raise cursor.expected("')'")
        return inner
    if call := cursor.take(_CALL):
        if call.group(1) == "global":
            raise SyntaxProblem("global() may only be the whole of a rule's namespaceSelector")
        return All()
    if has := cursor.take(_HAS):
        return Has(has.group(1))
    if label := cursor.take(_LABEL):
        return _comparison(cursor, label.group())
    raise cursor.expected("a label, has(label), all(), '!' or '('")


def _comparison(cursor: _Cursor, label: str) -> Selector:
    operator = cursor.take(_OPERATOR)
    if operator is None:
        raise cursor.expected("==, !=, contains, starts with, ends with, in or not in")
    kind = operator.lastgroup or ""
    if kind in ("in", "notin"):
        return In(label, _values(cursor), negated=kind == "notin")
    symbol = {"eq": "==", "ne": "!=", "contains": "contains", "starts": "starts with", "ends": "ends with"}[kind]
    return Compare(label, symbol, _string(cursor))


def _values(cursor: _Cursor) -> frozenset[str]:
    if not cursor.take_literal("{"):
        raise cursor.expected("'{'")
    values: set[str] = set()
    while not cursor.take_literal("}"):
        values.add(_string(cursor))
        if not cursor.take_literal(","):
            if not cursor.take_literal("}"):
                raise cursor.expected("',' or '}'")
            break
    return frozenset(values)


def _string(cursor: _Cursor) -> str:
    found = cursor.take(_STRING)
    if found is None:
        raise cursor.expected("text in single or double quotes")
    return found.group(1) if found.group(1) is not None else found.group(2)


def _quoted(value: str) -> str:
    return f"'{value}'" if '"' in value else f'"{value}"'
