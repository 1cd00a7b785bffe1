"""Whatever anybody stores or types is a resource that can be written again, or is refused in words."""

import contextlib
import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model import errors, gate, kinds, resources, selectors

from . import any_documents
from .test_golden import DOCUMENTS

# More than any message needs, less than what troubles a log
LONGEST = 20_000


def read(cls: type[resources.Resource], document: Any, *, strict: bool) -> resources.Resource | None:
    """The resource, checked; or None, and the refusal is checked."""
    try:
        resource = cls.decode(document, strict=strict)
    except errors.Invalid as error:
        check_words(error)
        return None
    written = resource.encode()
    again = cls.decode(written, strict=strict)
    assert again == resource
    assert again.encode() == written
    return resource


def check_words(error: errors.Invalid) -> None:
    assert error.problems
    for problem in error.problems:
        field, value, allowed = re.fullmatch(r"(.+?): (.+) is refused: (.+)", str(problem)).groups()  # type: ignore[union-attr]
        assert field
        assert value
        assert allowed == problem.allowed
    assert str(error).isprintable()
    assert len(str(error)) < LONGEST


@settings(max_examples=1500)
@given(any_documents.near(), st.booleans())
def test_a_document_is_written_as_it_was_read_or_is_refused(document: Any, strict: bool) -> None:
    cls = kinds.BY_KIND[kind] if isinstance(kind := document.get("kind"), str) and kind in kinds.BY_KIND else None
    if cls is None:
        with pytest.raises(errors.Invalid, match=r"kind: .* must be one of"):
            kinds.decode(document, strict=strict)
        return
    if read(cls, document, strict=strict) is not None and strict:
        assert read(cls, document, strict=False) is not None


@pytest.mark.parametrize("cls", kinds.ALL)
@given(any_documents.JSON)
def test_any_json_is_refused_in_words(cls: type[resources.Resource], document: Any) -> None:
    for stated in (document, {"metadata": document}, {"metadata": {"name": "x", "namespace": "y"}, "spec": document}):
        for strict in (True, False):
            read(cls, stated, strict=strict)


@settings(max_examples=1000)
@given(any_documents.near(), st.sampled_from(list(DOCUMENTS)))
def test_no_record_is_so_bad_that_it_stops_the_agent(document: Any, key: str) -> None:
    parts = kinds.parse_key(resources.PREFIX + key)
    assert parts is not None
    found = gate.admit(parts, json.dumps(document).encode())
    assert found.resource is not None or found.reason
    assert found.resource is None or isinstance(found.resource, parts.kind)
    assert len(found.reason or "") < LONGEST


@pytest.mark.parametrize("cls", kinds.ALL)
@given(st.binary(max_size=40))
@example(b"[" * 200_000)
@example(b'{"metadata":' * 100_000)
@example(b'{"metadata":{"name":"x"},"spec":' + b"[" * 900 + b"]" * 900 + b"}")
@example(b'{"metadata":{"name":"x"},"spec":{"order":' + b"9" * 5000 + b"}}")
@example(b'{"metadata":{"name":"x"},"spec":{"order":NaN}}')
def test_no_bytes_stop_the_agent(cls: type[resources.Resource], value: bytes) -> None:
    found = gate.admit(kinds.KeyParts(cls, "x", "y" if cls.NAMESPACED else None), value)
    assert found.resource is not None or found.reason


@given(st.text(max_size=60))
def test_any_key_is_that_of_a_resource_or_of_none(text: str) -> None:
    for key in (text, resources.PREFIX + text, f"{resources.PREFIX}nodes/{text}"):
        parts = kinds.parse_key(key)
        assert parts is None or resources.key_of(parts.kind, parts.name, parts.namespace) == key


TOKENS = st.sampled_from(
    ["a", "a.b/c-d", "has", "has(", "has(a)", "all()", "all(", "global()", "in", "not", "not in", "notin", "contains",
     "starts with", "ends", "with", "==", "!=", "=", "!", "&&", "||", "&", "(", ")", "{", "}", ",", "'x'", '"y"', "'",
     '"', " ", "\t", "\n", "x" * 513]
)  # fmt: skip


def check_complaint(text: str) -> None:
    assert "character" in text or "global()" in text
    assert len(text) < 300


@settings(max_examples=2000)
@given(st.lists(TOKENS, max_size=30).map("".join))
@example("!" * 1024)
@example("(" * 1024)
@example("!(" * 100 + "has(a)" + ")" * 100)
@example("a in {" + "''," * 300 + "}")
@example("has(a)||" * 127 + "has(a)")
@example("has(a" * 200)
@example("a" * 1024)
@example("'" + "a" * 1023)
def test_what_is_like_a_selector_is_one_or_is_refused_where_it_goes_wrong(text: str) -> None:
    try:
        tree = selectors.parse(text)
    except selectors.SyntaxProblem as error:
        check_complaint(str(error))
        return
    assert isinstance(tree.matches({"a": "x"}), bool)
    with contextlib.suppress(selectors.SyntaxProblem):  # written out in full it may be too long
        assert selectors.parse(str(tree)) == tree
