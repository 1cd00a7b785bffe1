"""Many resources in few transactions: all checks first, order, races with other writers, and what is cut short."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import reconcile, store
from ansible_collections.calico.docker.plugins.module_utils.model import errors, kinds, resources, tiers
from ansible_collections.calico.docker.plugins.module_utils.reconcile import batches
from tests.fakes.store import FakeStore

MARKS = reconcile.Marks("11111111-1111-4111-8111-111111111111", "2026-11-24T06:33:20Z")
SPECS: dict[str, dict[str, Any]] = {
    "Tier": {"order": 10},
    "GlobalNetworkPolicy": {"tier": "web", "selector": "has(web)"},
    "BGPFilter": {"importV4": [{"action": "Reject"}]},
    "BGPPeer": {"peerIP": "172.31.1.1", "asNumber": 64600, "filters": ["fabric"]},
}


def item(kind: str, name: str, spec: dict[str, Any] | None = None, *, absent: bool = False) -> batches.Item:
    cls = kinds.by_name(kind)
    document = {"metadata": {"name": name}, "spec": SPECS.get(kind, {}) if spec is None else spec}
    return batches.Item(kinds.KeyParts(cls, name, None), None if absent else cls.decode(document, strict=True))


def profiles(count: int) -> list[batches.Item]:
    return [item("Profile", f"p{number}", {"labelsToApply": {"number": str(number)}}) for number in range(count)]


def apply(fake: FakeStore, items: Sequence[batches.Item], *, check_mode: bool = False) -> list[str]:
    """What changes, in order."""
    results = batches.apply(fake, items, lambda: MARKS, check_mode=check_mode)
    return [str(one) for one, outcome in results if outcome.changed]


@pytest.fixture
def fake() -> FakeStore:
    default = tiers.well_known()
    return FakeStore({default.key: default.created(uid=MARKS.uid, timestamp=MARKS.timestamp).encode()})


def test_many_are_few_transactions_and_a_second_time_none(fake: FakeStore) -> None:
    wanted = profiles(350)
    assert len(apply(fake, wanted, check_mode=True)) == 350
    assert fake.commits == 0
    assert len(apply(fake, wanted)) == 350
    assert fake.commits == 4
    assert apply(fake, wanted) == []
    assert fake.commits == 4
    assert all(one.key in fake.documents() for one in wanted)


def test_what_others_need_comes_first_and_goes_last(fake: FakeStore) -> None:
    pairs = [("BGPPeer", "tor"), ("GlobalNetworkPolicy", "open"), ("BGPFilter", "fabric"), ("Tier", "web")]
    made = apply(fake, [item(*pair) for pair in pairs])
    assert made[:2] == ["Tier web", "BGPFilter fabric"]
    gone = apply(fake, [item(*pair, absent=True) for pair in reversed(pairs)])
    assert gone[-2:] == ["BGPFilter fabric", "Tier web"]
    assert list(fake.documents()) == [tiers.well_known().key]


def test_all_that_is_refused_is_told_and_nothing_written(fake: FakeStore) -> None:
    before = fake.documents()
    wrong = [item("BGPPeer", "tor"), item("GlobalNetworkPolicy", "open"), item("Tier", "default", absent=True)]
    with pytest.raises(errors.Invalid) as caught:
        apply(fake, [*profiles(150), *wrong])
    assert [problem.field for problem in caught.value.problems] == [
        "BGPPeer tor.spec.filters[0]",
        "GlobalNetworkPolicy open.spec.tier",
        "Tier default.metadata.name",
    ]
    assert fake.documents() == before


def test_pools_of_one_batch_must_not_overlap_either(fake: FakeStore) -> None:
    with pytest.raises(errors.Invalid, match="overlaps pool a"):
        apply(fake, [item("IPPool", "a", {"cidr": "10.65.0.0/16"}), item("IPPool", "b", {"cidr": "10.65.1.0/24"})])
    assert len(apply(fake, [item("IPPool", f"p{n}", {"cidr": f"10.{n}.0.0/16"}) for n in range(120)])) == 120


def test_what_another_writer_changed_meanwhile_is_kept(fake: FakeStore) -> None:
    wanted = profiles(120)
    theirs = item("Profile", "p100", {"labelsToApply": {"whose": "theirs"}})
    assert theirs.wanted is not None
    document = theirs.wanted.encode()
    # After the first of the transactions.
    fake.before_commit += [lambda: None, lambda: fake.put(theirs.key, document)]
    with pytest.raises(store.StoreError, match=re.escape("another writer changed Profile p100 meanwhile, and that is")):
        apply(fake, wanted)
    assert fake.documents()[theirs.key] == document
    assert len(apply(fake, wanted)) == 20


def test_one_who_wants_the_same_at_once_is_no_conflict(fake: FakeStore) -> None:
    wanted = profiles(120)
    fake.before_commit.append(lambda: apply(fake, wanted))
    assert len(apply(fake, wanted)) == 120
    assert apply(fake, wanted) == []


def test_a_tier_that_goes_meanwhile_ends_what_needs_it(fake: FakeStore) -> None:
    apply(fake, [item("Tier", "web")])
    key = resources.key_of(tiers.Tier, "web")
    fake.before_commit.append(lambda: fake.delete(key))
    with pytest.raises(errors.Invalid, match=r"GlobalNetworkPolicy open\.spec\.tier"):
        apply(fake, [item("GlobalNetworkPolicy", "open")])


def test_cut_short_it_is_simply_repeated(fake: FakeStore) -> None:
    wanted = profiles(350)
    fake.before_commit += [lambda: None, lambda: None, lambda: fake.fail(1)]
    with pytest.raises(store.Unavailable):
        apply(fake, wanted)
    written = sum(one.key in fake.documents() for one in wanted)
    assert 0 < written < 350
    assert len(apply(fake, wanted)) == 350 - written


def test_a_pool_with_more_blocks_than_a_transaction_takes_goes_too(fake: FakeStore) -> None:
    apply(fake, [item("IPPool", "a", {"cidr": "10.65.0.0/16"})])
    for number in range(150):
        cidr = f"10.65.{number}.0/26"
        fake.put(f"/calico/ipam/v2/assignment/ipv4/block/{cidr.replace('/', '-')}", {"cidr": cidr, "allocations": []})
    assert apply(fake, [item("IPPool", "a", absent=True), item("Profile", "web", absent=True)]) == ["IPPool a"]
    assert list(fake.documents()) == [tiers.well_known().key]
