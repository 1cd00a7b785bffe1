"""The label index against asking every selection about every item."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ansible_collections.calico.docker.plugins.module_utils.model import selectors
from calico_node.calc.label_index import LabelIndex, demand
from calico_node.calc.matches import Selection

LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "x", "y", "xy"]), max_size=3)
PRIMARIES = st.sampled_from(
    [
        "all()",
        "has(a)",
        'a == "x"',
        'b != "x"',
        'c contains "x"',
        'a starts with "x"',
        'b ends with ""',
        'a in {"x", "y"}',
        'b not in {"x"}',
        "c in {}",
        "c not in {}",
    ]
)
TEXTS = st.recursive(
    PRIMARIES,
    lambda inner: st.one_of(
        inner.map("!({})".format),
        st.tuples(inner, inner).map("({0[0]} && {0[1]})".format),
        st.tuples(inner, inner).map("({0[0]} || {0[1]})".format),
    ),
    max_leaves=6,
)
SELECTIONS = TEXTS.map(selectors.parse).map(Selection.of)


@given(SELECTIONS, LABELS)
def test_whoever_matches_has_what_is_demanded(selection: Selection, labels: dict[str, str]) -> None:
    terms = demand(selection.tree)
    if terms is not None and selection.tree.matches(labels):
        assert any(label in labels and value in (None, labels[label]) for label, value in terms)


class Comings(RuleBasedStateMachine):
    """Items and selections come and go in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.index = LabelIndex[int]()
        self.items: dict[int, dict[str, str]] = {}
        self.selections: set[Selection] = set()

    @rule(item=st.integers(0, 5), labels=LABELS)
    def put(self, item: int, labels: dict[str, str]) -> None:
        if item in self.items:
            self.index.drop(item)
        self.index.put(item, labels)
        self.items[item] = labels

    @rule(item=st.integers(0, 5))
    def drop(self, item: int) -> None:
        if self.items.pop(item, None) is not None:
            self.index.drop(item)

    @rule(selection=SELECTIONS)
    def watch(self, selection: Selection) -> None:
        if selection not in self.selections:
            self.selections.add(selection)
            self.index.watch(selection)

    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        if self.selections:
            selection = data.draw(st.sampled_from(sorted(self.selections, key=lambda one: one.text)))
            self.selections.remove(selection)
            self.index.forget(selection)

    @invariant()
    def is_as_if_everybody_were_asked(self) -> None:
        for selection in self.selections:
            wanted = {item for item, labels in self.items.items() if selection.tree.matches(labels)}
            assert self.index.matching(selection) == wanted
        for item, labels in self.items.items():
            assert self.index.matched(item) == {one for one in self.selections if one.tree.matches(labels)}


Comings.TestCase.settings = settings(max_examples=60, deadline=None)
TestComings = Comings.TestCase
