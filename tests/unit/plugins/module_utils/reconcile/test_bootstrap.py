"""What a cluster starts with is created once and left alone from then on."""

import itertools
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import reconcile
from ansible_collections.calico.docker.plugins.module_utils.reconcile import bootstrap
from tests.fakes.store import FakeStore

ROOT = "/calico/resources/v3/projectcalico.org"
NEEDED = {
    f"{ROOT}/bgpconfigurations/default": {},
    f"{ROOT}/ipamconfigurations/default": {"strictAffinity": False, "autoAllocateBlocks": True},
    f"{ROOT}/clusterinformations/default": {"clusterType": "docker", "datastoreReady": True},
    f"{ROOT}/felixconfigurations/default": {"reportingInterval": "0s", "logSeverityScreen": "Info"},
    f"{ROOT}/tiers/default": {"order": 1000000, "defaultAction": "Deny"},
    f"{ROOT}/tiers/kube-admin": {"order": 1000, "defaultAction": "Pass"},
    f"{ROOT}/tiers/kube-baseline": {"order": 10000000, "defaultAction": "Pass"},
}


def run(fake: FakeStore, **settings: Any) -> dict[str, reconcile.Outcome]:
    numbers = itertools.count(1)
    return bootstrap.bootstrap(
        fake,
        timestamp="2026-11-24T06:33:20Z",
        new_uid=lambda: f"{next(numbers):08x}-0000-4000-8000-000000000000",
        **settings,
    )


def specs(fake: FakeStore) -> dict[str, Any]:
    return {key: document["spec"] for key, document in fake.documents().items()}  # type: ignore[index]


def test_an_empty_store_gets_everything() -> None:
    fake = FakeStore()
    assert all(outcome.changed for outcome in run(fake).values())
    found = specs(fake)
    assert found[f"{ROOT}/clusterinformations/default"].pop("clusterGUID") == "00000001000040008000000000000000"
    assert found == NEEDED


def test_every_resource_has_an_identity_of_its_own() -> None:
    fake = FakeStore()
    run(fake)
    marks = [document["metadata"]["uid"] for document in fake.documents().values()]  # type: ignore[index]
    assert len(set(marks)) == len(marks)


def test_a_second_run_changes_nothing() -> None:
    fake = FakeStore()
    run(fake)
    before = fake.documents()
    assert not any(outcome.changed for outcome in run(fake).values())
    assert fake.documents() == before


@pytest.mark.parametrize("missing", NEEDED)
def test_only_what_is_missing_is_created(missing: str) -> None:
    fake = FakeStore()
    run(fake)
    fake.delete(missing)
    changed = [outcome for outcome in run(fake).values() if outcome.changed]
    assert len(changed) == 1
    assert missing in fake.documents()


def test_settings_of_others_are_kept() -> None:
    document = {"metadata": {"name": "default"}, "spec": {"reportingInterval": "30s", "ofTomorrow": 1}}
    fake = FakeStore({f"{ROOT}/felixconfigurations/default": document})
    run(fake)
    assert specs(fake)[f"{ROOT}/felixconfigurations/default"] == document["spec"]


def test_an_as_number_that_is_given_is_set_and_kept() -> None:
    fake = FakeStore()
    key = f"{ROOT}/bgpconfigurations/default"
    fake.put(key, {"metadata": {"name": "default"}, "spec": {"nodeToNodeMeshEnabled": False}})
    run(fake, as_number=64600)
    assert specs(fake)[key] == {"nodeToNodeMeshEnabled": False, "asNumber": 64600}
    run(fake)
    assert specs(fake)[key]["asNumber"] == 64600


def test_check_mode_writes_nothing() -> None:
    fake = FakeStore()
    assert all(outcome.changed for outcome in run(fake, check_mode=True).values())
    assert fake.documents() == {}
