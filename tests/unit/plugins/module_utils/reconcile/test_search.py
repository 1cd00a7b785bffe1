"""Stored resources are found by kind, name, namespace and labels."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import errors, kinds
from ansible_collections.calico.docker.plugins.module_utils.reconcile import search
from tests.fakes.store import FakeStore

ROOT = "/calico/resources/v3/projectcalico.org"


def stored(kind: str, name: str, spec: dict[str, Any], **labels: str) -> tuple[str, Any]:
    document = {"metadata": {"name": name, "labels": labels}, "spec": spec}
    resource = kinds.by_name(kind).decode(document)
    return resource.key, resource.created(uid="u", timestamp="t").encode()


@pytest.fixture
def fake() -> FakeStore:
    return FakeStore(
        dict(
            [
                stored("Node", "host1", {}, rack="1"),
                stored("Node", "host2", {}, rack="2"),
                stored("IPPool", "host1", {"cidr": "10.65.0.0/16"}),
                stored("GlobalNetworkPolicy", "web", {}),
            ]
        )
    )


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param({}, ["GlobalNetworkPolicy/web", "IPPool/host1", "Node/host1", "Node/host2"], id="everything"),
        pytest.param({"words": ["nodes"]}, ["Node/host1", "Node/host2"], id="a plural"),
        pytest.param({"words": ["Node", "node"]}, ["Node/host1", "Node/host2"], id="one kind twice"),
        pytest.param({"name": "host1"}, ["IPPool/host1", "Node/host1"], id="a name"),
        pytest.param({"labels": "rack == '2'"}, ["Node/host2"], id="labels"),
        pytest.param({"namespace": "libnetwork"}, [], id="a namespace without resources"),
    ],
)
def test_what_a_query_finds(fake: FakeStore, query: dict[str, Any], names: list[str]) -> None:
    asked = search.query(**{"words": None, "name": None, "namespace": None, "labels": None, **query})
    found = search.find(fake, asked)
    assert [f"{document['kind']}/{document['metadata']['name']}" for document in found.documents] == names


def test_documents_tell_their_revision(fake: FakeStore) -> None:
    found = search.find(fake, search.query(["globalnetworkpolicies"], None, None, None))
    assert found.documents[0]["metadata"] == {
        "name": "web",
        "uid": "u",
        "creationTimestamp": "t",
        "resourceVersion": "5",
    }


def test_what_cannot_be_read_is_told(fake: FakeStore) -> None:
    fake.put(f"{ROOT}/nodes/broken", b"{")
    found = search.find(fake, search.Query())
    assert len(found.documents) == 4
    assert found.invalid[0].startswith(f"{ROOT}/nodes/broken: ")


def test_wrong_words_are_refused_together() -> None:
    with pytest.raises(errors.Invalid) as caught:
        search.query(["Pod", "Node", "Service"], None, None, "rack = 1")
    assert [(problem.field, problem.value) for problem in caught.value.problems] == [
        ("kinds", "Pod"),
        ("kinds", "Service"),
        ("label_selector", "rack = 1"),
    ]
