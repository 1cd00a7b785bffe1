"""Selectors: the whole grammar, its corners, and what matches."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model import selectors

LABELS = {"role": "web", "env": "", "calico.docker/network": "frontend", "a.b-c_d": "x y"}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", True),
        (" \t", True),
        ("all()", True),
        ("all( )", True),
        ("has(role)", True),
        ("has( role )", True),
        ("has(absent)", False),
        ("!has(absent)", True),
        ("!!has(role)", True),
        ("! ! ! has(role)", False),
        ('role == "web"', True),
        ("role == 'web'", True),
        ("role=='web'", True),
        ('role == "Web"', False),
        ('Role == "web"', False),
        ('role != "web"', False),
        ('role != "db"', True),
        ('absent != "web"', True),
        ('absent == ""', False),
        ('env == ""', True),
        ('role contains "e"', True),
        ('role contains ""', True),
        ('role starts with "we"', True),
        ('role startswith "we"', True),
        ('role starts \t with "we"', True),
        ('role ends with "eb"', True),
        ('role endswith "we"', False),
        ('absent contains ""', False),
        ('absent starts with ""', False),
        ('absent ends with ""', False),
        ('role in {"db", "web"}', True),
        ("role in {'db' , 'web',}", True),
        ('role in {"db"}', False),
        ("role in {}", False),
        ("absent in {}", False),
        ("role not in {}", True),
        ('role not in {"web"}', False),
        ('role notin {"db"}', True),
        ('absent not in {"web"}', True),
        ('absent in {""}', False),
        ('calico.docker/network == "frontend"', True),
        ('a.b-c_d == "x y"', True),
        ('role == "web" && env == ""', True),
        ('role == "web" && env == "x"', False),
        ('role == "db" || has(env)', True),
        ('role == "web" || role == "db" && has(absent)', True),
        ('(role == "web" || role == "db") && has(absent)', False),
        ('!role == "web"', False),
        ('!(role == "web" && has(absent))', True),
        ('!role == "db" && has(role)', True),
        ('((((role == "web"))))', True),
        ('\trole\t==\t"web"\t', True),
        ("""role == '"' || role == "'" || has(role)""", True),
        # Words of the grammar are labels where a label is expected.
        ('in != "x" && all != "x" && has != "x" && not not in {"x"}', True),
    ],
)
def test_what_a_selector_matches(text: str, matches: bool) -> None:
    assert selectors.parse(text).matches(LABELS) is matches


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("role", "at character 5 ('the end') expected =="),
        ("role =", "at character 6 ('=') expected =="),
        ("role == web", "at character 9 ('web') expected text in single or double quotes"),
        ('role == "web', "at character 9 ('\"web') expected text in single or double quotes"),
        ('role == "a\'" b"', "at character 14 ('b\"') expected '&&', '||' or the end"),
        ('role in "web"', "at character 9 ('\"web\"') expected '{'"),
        ('role in {"web"', "at character 15 ('the end') expected ',' or '}'"),
        ("role in {,}", "at character 10 (',}') expected text in single or double quotes"),
        ('role in {"a" "b"}', "at character 14 ('\"b\"}') expected ',' or '}'"),
        ("has (role)", "at character 5 ('(role)') expected =="),
        ("has()", "at character 4 ('()') expected =="),
        ("all()all()", "at character 6 ('all()') expected '&&', '||' or the end"),
        ("all() & all()", "at character 7 ('& all()') expected '&&', '||' or the end"),
        ("all() &&", "at character 9 ('the end') expected a label"),
        ("|| all()", "at character 1 ('|| all()') expected a label"),
        ("(all()", "at character 7 ('the end') expected ')'"),
        ("all())", "at character 6 (')') expected '&&', '||' or the end"),
        ("!", "at character 2 ('the end') expected a label"),
        ('role == "web"\n', "at character 14 ('\\n') expected '&&', '||' or the end"),
        ("röle == 'web'", "at character 2 (\"öle == 'web'\") expected =="),
        ("role IN {'web'}", "at character 6"),
        ("All()", "at character 4 ('()') expected =="),
        ("global()", "global() may only be the whole of a rule's namespaceSelector"),
        ("has(a) && global()", "global() may only be the whole of a rule's namespaceSelector"),
        ("has(" + "x" * 513 + ")", "at character 4"),
        ("has(" + "x" * 1021 + ")", "at most 1024 characters, this one 1026"),
        ("(" * 101 + "all()" + ")" * 101, "at most 100 nested parentheses"),
    ],
)
def test_what_is_no_selector_is_refused_where_it_goes_wrong(text: str, complaint: str) -> None:
    with pytest.raises(selectors.SyntaxProblem) as caught:
        selectors.parse(text)
    assert complaint in str(caught.value)


def test_a_namespace_selector_may_be_global_as_a_whole() -> None:
    assert selectors.parse_namespace_selector(" global() ") == selectors.Global()
    assert selectors.parse_namespace_selector("has(a)") == selectors.Has("a")
    with pytest.raises(selectors.SyntaxProblem):
        selectors.parse_namespace_selector("global() && has(a)")


def test_prefixes_reach_every_label() -> None:
    tree = selectors.parse("a == 'x' && !(has(b) || c in {'y'}) && all()")
    everything = selectors.Has("namespace")
    replaced = selectors.substitute(tree, prefix="pcns.", everything=everything)
    assert str(replaced) == '(pcns.a == "x" && !(has(pcns.b) || pcns.c in {"y"}) && has(namespace))'
    assert str(selectors.substitute(selectors.Global(), prefix="pcns.")) == "global()"


names = st.from_regex(r"[A-Za-z0-9_./-]{1,12}", fullmatch=True)
values = st.one_of(
    st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), max_size=8),
    st.text(st.characters(exclude_characters="'", exclude_categories=["Cs"]), max_size=8),
)
leaves = st.one_of(
    st.builds(selectors.All),
    st.builds(selectors.Has, names),
    st.builds(selectors.Compare, names, st.sampled_from(["==", "!=", "contains", "starts with", "ends with"]), values),
    st.builds(selectors.In, names, st.frozensets(values, max_size=3), negated=st.booleans()),
)
trees = st.recursive(
    leaves,
    lambda below: st.one_of(
        st.builds(selectors.Not, below),
        *(
            st.builds(kind, st.lists(below, min_size=2, max_size=3).map(tuple))
            for kind in (selectors.And, selectors.Or)
        ),
    ),
    max_leaves=8,
)
labels = st.dictionaries(names, values, max_size=4)


@given(trees, st.lists(labels, max_size=4))
def test_a_selector_written_out_and_read_again_is_the_same(
    tree: selectors.Selector, samples: list[dict[str, str]]
) -> None:
    again = selectors.parse(str(tree))
    assert str(again) == str(selectors.parse(str(again)))
    for sample in samples:
        assert again.matches(sample) == tree.matches(sample)


@given(st.text(max_size=30))
def test_any_text_is_a_selector_or_is_refused(text: str) -> None:
    with contextlib.suppress(selectors.SyntaxProblem):
        selectors.parse(text).matches({})
