"""Dataclasses and JSON: names, what is not written, and all problems at once."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import (
    errors,
    fields,
    names,
    policy_specs,
    profiles,
    schema,
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    size: int | None = schema.member("theSize", fields.integer(1, 9))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    name: str = schema.member("name", fields.text(), required=True)
    inner: Inner | None = schema.member("inner", schema.struct(Inner))
    flag: bool = schema.member("isSet", fields.FLAG, False)
    words: tuple[str, ...] = schema.member("words", fields.sequence(fields.text()), ())


def test_absent_and_null_are_defaults() -> None:
    assert schema.decode(Outer, {"name": "x", "inner": None, "words": None}, strict=True) == Outer(name="x")


def test_defaults_are_not_written() -> None:
    assert schema.encode(Outer(name="x")) == {"name": "x"}


def test_unknown_fields_survive_below_and_known_ones_go() -> None:
    onto = {"name": "old", "inner": {"theSize": 1, "other": 2}, "isSet": True, "more": 3}
    written = schema.encode(Outer(name="x", inner=Inner(size=None)), onto)
    assert written == {"name": "x", "inner": {"other": 2}, "more": 3}


def test_all_problems_are_found_at_once() -> None:
    document = {"inner": {"theSize": 10, "x": 1}, "isSet": "no", "words": ["a", 1], "y": 1}
    with pytest.raises(errors.Invalid) as caught:
        schema.decode(Outer, document, strict=True)
    found = [problem.field for problem in caught.value.problems]
    assert found == ["name", "inner.theSize", "inner.x", "isSet", "words[1]", "y"]
    assert "inner.theSize: 10 is refused: must be a whole number from 1 to 9" in str(caught.value)


def test_long_values_are_cut_in_messages() -> None:
    assert len(str(errors.Problem("field", "x" * 1000, "must be short"))) < 200


@pytest.mark.parametrize(
    ("cls", "values", "document"),
    [
        (Outer, {"name": "x", "inner": {"size": 1}, "flag": None}, {"name": "x", "inner": {"theSize": 1}}),
        (profiles.ProfileSpec, {"labels_to_apply": {"under_score": "x"}}, {"labelsToApply": {"under_score": "x"}}),
        (
            policy_specs.GlobalNetworkPolicySpec,
            {"pre_dnat": True, "ingress": [{"not_icmp": {"type": 1, "code": None}, "source": {"not_nets": ["x"]}}]},
            {"preDNAT": True, "ingress": [{"notICMP": {"type": 1}, "source": {"notNets": ["x"]}}]},
        ),
        (policy_specs.GlobalNetworkPolicySpec, {"ingress": "no list"}, {"ingress": "no list"}),
    ],
)
def test_attribute_names_become_json_names(cls: type[Any], values: dict[str, Any], document: dict[str, Any]) -> None:
    assert schema.renamed(cls, values) == document


def test_a_shared_value_is_one_object_and_a_refused_one_is_refused_each_time() -> None:
    form = schema.shared(fields.NAME)
    first, second = (form.decode(json.loads('"node1"'), False) for _ in range(2))
    assert first is second
    for _ in range(2):
        with pytest.raises(errors.Invalid, match="UPPER"):
            form.decode("UPPER", False)


@pytest.mark.parametrize("value", [1, True, None, ["node1"]])
def test_only_text_is_shared(value: object) -> None:
    with pytest.raises(errors.Invalid):
        schema.shared(fields.NAME).decode(value, False)


def test_equal_labels_are_one_mapping() -> None:
    first, second = (names.LABELS.decode(json.loads('{"role": "web"}'), False) for _ in range(2))
    assert first is second
    assert first == {"role": "web"}


@pytest.mark.parametrize("value", [1, ["web"], {"a": "b"}])
def test_labels_that_are_no_text_are_refused_beside_those_that_are(value: object) -> None:
    for _ in range(2):
        with pytest.raises(errors.Invalid, match="role"):
            names.LABELS.decode({"role": value}, False)
