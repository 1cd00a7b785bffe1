"""Kinds are found by what people call them and by their keys, and nothing else is taken for one."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import errors, kinds, nodes, resources

ROOT = resources.PREFIX


@pytest.mark.parametrize("word", ["IPPool", "ippool", "ippools", "IPPOOLS"])
def test_a_kind_has_a_singular_and_a_plural(word: str) -> None:
    assert kinds.by_name(word).KIND == "IPPool"


@pytest.mark.parametrize("word", ["Pod", "", None, 1])
def test_other_words_are_refused_with_all_kinds(word: object) -> None:
    with pytest.raises(errors.Invalid, match=r"kind: .*must be one of BGPConfiguration, .*WorkloadEndpoint"):
        kinds.by_name(word)


@pytest.mark.parametrize(
    "key",
    [
        "/calico/ipam/v2/config",
        f"{ROOT}stagedkubernetesnetworkpolicies/a/b",
        f"{ROOT}nodes/",
        f"{ROOT}nodes",
        f"{ROOT}nodes/a/b",
        f"{ROOT}workloadendpoints/a",
        f"other{ROOT}nodes/a",
    ],
)
def test_other_keys_are_no_resources(key: str) -> None:
    assert kinds.parse_key(key) is None


@pytest.mark.parametrize("document", [None, [], "text", {}, {"kind": "Pod"}, {"kind": ["Node"]}])
def test_documents_of_no_kind_are_refused(document: Any) -> None:
    with pytest.raises(errors.Invalid, match="kind"):
        kinds.decode(document)


def test_input_with_unknown_fields_is_refused_and_stored_ones_are_not() -> None:
    document = {"kind": "Node", "metadata": {"name": "n1", "x": 1}, "spec": {"bpg": {}, "bgp": {"y": 1}}, "z": 1}
    assert kinds.decode(document).name == "n1"
    with pytest.raises(errors.Invalid) as caught:
        kinds.decode(document, strict=True)
    assert [problem.field for problem in caught.value.problems] == ["z", "metadata.x", "spec.bgp.y", "spec.bpg"]


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        ([], ["document"]),
        ({}, ["metadata.name"]),
        ({"metadata": []}, ["metadata"]),
        ({"metadata": {"name": "n1"}, "spec": []}, ["spec"]),
        ({"metadata": "x"}, ["metadata"]),
        ({"metadata": {"name": "n1"}, "kind": "Pod", "apiVersion": "v1"}, ["kind", "apiVersion"]),
        ({"metadata": {"name": "n1"}, "spec": "x"}, ["spec"]),
        ({"metadata": {"name": "N1", "labels": {"-": "x"}, "annotations": {"a": 1}}},
         ["metadata.name", "metadata.labels.-", "metadata.annotations.a"]),
        ({"metadata": {"name": "n" * 254}}, ["metadata.name"]),
    ],
)  # fmt: skip
def test_headers_and_metadata_are_checked(document: Any, fields: list[str]) -> None:
    with pytest.raises(errors.Invalid) as caught:
        nodes.Node.decode(document)
    assert [problem.field for problem in caught.value.problems] == fields


@pytest.mark.parametrize("name", ["a", "a-b", "a.b", "0", "a" * 253])
def test_names_are_dns_subdomains(name: str) -> None:
    assert nodes.Node.decode({"metadata": {"name": name}}).name == name


@pytest.mark.parametrize("name", ["", "-a", "a-", "a..b", ".a", "a_b", "A", "a/b", "a\n", "ä", None, 1])
def test_other_names_are_refused(name: Any) -> None:
    with pytest.raises(errors.Invalid, match=r"metadata\.name"):
        nodes.Node.decode({"metadata": {"name": name}})
