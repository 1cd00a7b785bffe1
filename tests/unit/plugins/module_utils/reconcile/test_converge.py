"""The one routine that decides and writes: what changes, what stays, and what happens when others write too."""

import functools
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import reconcile, store
from ansible_collections.calico.docker.plugins.module_utils.model import errors, ip_pools, kinds, policies, profiles
from tests.fakes.store import FakeStore

MARKS = reconcile.Marks("11111111-1111-4111-8111-111111111111", "2026-11-24T06:33:20Z")
LATER = reconcile.Marks("22222222-2222-4222-8222-222222222222", "2027-01-01T00:00:00Z")
POOL = kinds.KeyParts(ip_pools.IPPool, "v4", None)
POOL_KEY = "/calico/resources/v3/projectcalico.org/ippools/v4"


def pool(**spec: Any) -> ip_pools.IPPool:
    document = {"metadata": {"name": "v4"}, "spec": {"cidr": "10.65.0.0/16", **spec}}
    return ip_pools.IPPool.decode(document, strict=True)


def stored(fake: FakeStore, key: str = POOL_KEY) -> Any:
    return fake.documents()[key]


@pytest.fixture
def fake() -> FakeStore:
    return FakeStore()


@pytest.fixture
def created(fake: FakeStore) -> FakeStore:
    reconcile.converge(fake, POOL, pool(natOutgoing=True), MARKS)
    return fake


def test_what_is_absent_is_created_with_its_marks(fake: FakeStore) -> None:
    outcome = reconcile.converge(fake, POOL, pool(), MARKS)
    assert outcome.changed
    assert outcome.before is None
    assert outcome.after == reconcile.shown(pool())
    assert stored(fake)["metadata"] == {"name": "v4", "uid": MARKS.uid, "creationTimestamp": MARKS.timestamp}


def test_what_is_so_already_is_not_written(created: FakeStore) -> None:
    outcome = reconcile.converge(created, POOL, pool(natOutgoing=True), LATER)
    assert not outcome.changed
    assert outcome.before == outcome.after
    assert created.commits == 1


def test_a_field_changes_and_the_marks_stay(created: FakeStore) -> None:
    outcome = reconcile.converge(created, POOL, pool(natOutgoing=True, disabled=True), LATER)
    assert outcome.changed
    assert stored(created)["spec"]["disabled"] is True
    assert stored(created)["metadata"]["uid"] == MARKS.uid
    assert stored(created)["metadata"]["creationTimestamp"] == MARKS.timestamp


def test_a_field_that_is_not_wanted_returns_to_its_default(created: FakeStore) -> None:
    outcome = reconcile.converge(created, POOL, pool(), LATER)
    assert outcome.changed
    assert outcome.before == reconcile.shown(pool(natOutgoing=True))
    assert "natOutgoing" not in stored(created)["spec"]


def test_another_spelling_of_the_same_is_left_alone(fake: FakeStore) -> None:
    metadata = {"name": "v4", "uid": MARKS.uid, "creationTimestamp": MARKS.timestamp}
    sparse = {"kind": "IPPool", "metadata": metadata, "spec": {"natOutgoing": False, "cidr": "10.65.0.0/16"}}
    fake.put(POOL_KEY, sparse)
    assert not reconcile.converge(fake, POOL, pool(), LATER).changed
    assert stored(fake) == sparse


def test_a_record_without_marks_gets_them(fake: FakeStore) -> None:
    fake.put(POOL_KEY, pool().encode())
    assert reconcile.converge(fake, POOL, pool(), MARKS).changed
    assert stored(fake)["metadata"]["uid"] == MARKS.uid
    assert not reconcile.converge(fake, POOL, pool(), LATER).changed


def test_unknown_fields_of_the_stored_document_survive(created: FakeStore) -> None:
    document = stored(created)
    document["spec"]["ofTomorrow"] = {"deep": [1]}
    document["status"] = {"allocatable": True}
    document["metadata"]["finalizers"] = ["x"]
    created.put(POOL_KEY, document)
    reconcile.converge(created, POOL, pool(disabled=True), LATER)
    after = stored(created)
    assert after["spec"]["ofTomorrow"] == {"deep": [1]}
    assert after["status"] == {"allocatable": True}
    assert after["metadata"]["finalizers"] == ["x"]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b'{"kind":"IPPool","spec":{"cidr":"nonsense"}}', id="an invalid resource"),
    ],
)
def test_what_is_stored_and_invalid_is_replaced(fake: FakeStore, value: bytes) -> None:
    fake.put(POOL_KEY, value)
    assert reconcile.converge(fake, POOL, pool(), MARKS).changed
    assert ip_pools.IPPool.decode(stored(fake)).spec == pool().spec


def test_what_is_stored_and_invalid_is_removed(fake: FakeStore) -> None:
    fake.put(POOL_KEY, b"{")
    assert reconcile.converge(fake, POOL, None, MARKS).changed
    assert fake.documents() == {}


def test_absent_removes(created: FakeStore) -> None:
    outcome = reconcile.converge(created, POOL, None, LATER)
    assert (outcome.changed, outcome.after) == (True, None)
    assert outcome.before == reconcile.shown(pool(natOutgoing=True))
    assert created.documents() == {}


def test_absent_of_what_is_absent_changes_nothing(fake: FakeStore) -> None:
    assert reconcile.converge(fake, POOL, None, MARKS) == reconcile.Outcome(False, None, None)
    assert fake.commits == 0


@pytest.mark.parametrize("wanted", [pool(), pool(natOutgoing=True), pool(disabled=True), None])
def test_check_mode_tells_the_same_and_writes_nothing(created: FakeStore, wanted: ip_pools.IPPool | None) -> None:
    before = created.documents()
    told = reconcile.converge(created, POOL, wanted, LATER, check_mode=True)
    assert created.documents() == before
    assert reconcile.converge(created, POOL, wanted, LATER) == told


def test_check_mode_refuses_what_would_be_refused(created: FakeStore) -> None:
    with pytest.raises(errors.Invalid, match="may not change"):
        reconcile.converge(created, POOL, pool(blockSize=28), LATER, check_mode=True)


def test_a_lost_race_is_decided_anew(created: FakeStore) -> None:
    def another() -> None:
        document = stored(created)
        document["spec"]["ofTomorrow"] = 1
        created.put(POOL_KEY, document)

    created.before_commit.append(another)
    assert reconcile.converge(created, POOL, pool(disabled=True), LATER).changed
    assert stored(created)["spec"]["ofTomorrow"] == 1
    assert stored(created)["spec"]["disabled"] is True


def test_a_race_lost_to_the_same_wish_changes_nothing(fake: FakeStore) -> None:
    fake.before_commit.append(lambda: fake.put(POOL_KEY, pool().created(uid="u", timestamp="t").encode()))
    assert not reconcile.converge(fake, POOL, pool(), MARKS).changed
    assert stored(fake)["metadata"]["uid"] == "u"


def test_who_loses_every_race_says_so(created: FakeStore) -> None:
    for attempt in range(reconcile.ATTEMPTS):
        document = {**stored(created), "attempt": attempt}
        created.before_commit.append(functools.partial(created.put, POOL_KEY, document))
    with pytest.raises(store.StoreError, match="IPPool v4: other writers were faster"):
        reconcile.converge(created, POOL, pool(disabled=True), LATER)
    assert created.commits == 1


def test_a_store_that_does_not_answer_is_not_asked_again(fake: FakeStore) -> None:
    fake.fail(1)
    with pytest.raises(store.Unavailable):
        reconcile.converge(fake, POOL, pool(), MARKS)


def test_a_merge_sees_what_is_stored_in_every_attempt(created: FakeStore) -> None:
    seen = []

    def merge(wanted: ip_pools.IPPool, found: ip_pools.IPPool | None) -> ip_pools.IPPool:
        seen.append(found and found.spec.nat_outgoing)
        return wanted

    changed = pool(nodeSelector="has(rack)").created(uid="u", timestamp="t").encode()
    created.before_commit.append(lambda: created.put(POOL_KEY, changed))
    reconcile.converge(created, POOL, pool(disabled=True), LATER, merge=merge)
    assert seen == [True, False]


def test_a_profile_needs_nothing_else(fake: FakeStore) -> None:
    identity = kinds.KeyParts(profiles.Profile, "frontend", None)
    assert reconcile.converge(fake, identity, profiles.for_network("frontend"), MARKS).changed
    assert not reconcile.converge(fake, identity, profiles.for_network("frontend"), LATER).changed


def test_people_see_a_policy_without_what_writers_add() -> None:
    document = {"metadata": {"name": "web"}, "spec": {"selector": "all()"}}
    policy = policies.GlobalNetworkPolicy.decode(document, strict=True)
    again = policies.GlobalNetworkPolicy.decode(policy.created(uid="u", timestamp="t").encode())
    assert reconcile.shown(again)["metadata"] == {"name": "web"}


def test_a_change_is_made_of_what_is_stored_then(created: FakeStore) -> None:
    """Another writer is faster once: the change is made anew, of what that one wrote."""
    seen: list[reconcile.Stored] = []

    def disabled(found: reconcile.Stored) -> Any:
        seen.append(found)
        return pool(**{**found.document["spec"], "disabled": True})

    theirs = {**stored(created), "spec": {"cidr": "10.65.0.0/16", "nodeSelector": "has(rack)"}}
    created.before_commit.append(lambda: created.put(POOL_KEY, theirs))
    outcome = reconcile.change(created, POOL, disabled, LATER)
    assert outcome.changed
    assert [found.revision for found in seen] == [2, 3]
    assert stored(created)["spec"]["nodeSelector"] == "has(rack)"
    assert stored(created)["spec"]["disabled"] is True
    assert stored(created)["metadata"]["uid"] == MARKS.uid


def test_a_change_that_is_refused_writes_nothing(fake: FakeStore) -> None:
    def refuse(found: reconcile.Stored) -> Any:
        raise LookupError(found.revision)

    with pytest.raises(LookupError, match="0"):
        reconcile.change(fake, POOL, refuse, MARKS)
    assert fake.documents() == {}


def test_a_record_that_is_not_valid_is_there_all_the_same(fake: FakeStore) -> None:
    fake.put(POOL_KEY, {"kind": "IPPool", "spec": {"cidr": "x"}})
    seen: list[reconcile.Stored] = []
    reconcile.change(fake, POOL, seen.append, MARKS)
    assert [(found.revision, found.resource) for found in seen] == [(2, None)]
    assert fake.documents() == {}  # what is made is nothing: it is absent
