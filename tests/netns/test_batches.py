"""A thousand resources into a real etcd: cut short and repeated, and by two operators at once."""

from __future__ import annotations

import multiprocessing
from multiprocessing.process import BaseProcess
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import reconcile, store
from ansible_collections.calico.docker.plugins.module_utils.model import kinds, policies, resources, tiers
from ansible_collections.calico.docker.plugins.module_utils.reconcile import batches
from tests.fakes import cluster

from . import etcds
from .waiting import until

COUNT = 1000
PREFIX = resources.prefix_of(policies.GlobalNetworkPolicy)
SPAWN = multiprocessing.get_context("spawn")


def items(operator: str) -> list[batches.Item]:
    """A tier and the policies in it, as an operator wants them."""
    tier = {"kind": "Tier", "metadata": {"name": "web"}, "spec": {"order": 10}}
    rule = {"action": "Allow", "source": {"selector": f"operator == '{operator}'"}}
    every = [tier] + [
        {
            "kind": "GlobalNetworkPolicy",
            "metadata": {"name": f"p{number:04}", "labels": {"operator": operator}},
            "spec": {"tier": "web", "selector": "all()", "ingress": [rule]},
        }
        for number in range(COUNT)
    ]
    found = (kinds.decode(document, strict=True) for document in every)
    return [batches.Item(kinds.KeyParts(type(one), one.name, None), one) for one in found]


def apply(url: str, operator: str) -> str:
    """What an operator is told: how many changed, or what is wrong."""
    with etcds.open_store(url) as opened:
        marks = reconcile.Marks(cluster.UID, cluster.CREATED)
        try:
            results = batches.apply(opened, items(operator), lambda: marks)
        except store.StoreError as error:
            return str(error)
    return str(sum(outcome.changed for _item, outcome in results))


def stored(opened: store.Store) -> dict[str, Any]:
    return {record.key: record.document() for record in opened.list(PREFIX).records}


def start(url: str, operator: str) -> BaseProcess:
    process = SPAWN.Process(target=apply, args=(url, operator))
    process.start()
    return process


def test_cut_short_again_and_again_it_is_all_there_in_the_end(url: str) -> None:
    with etcds.open_store(url) as opened:
        written = 0
        for _time in range(3):
            before = written
            process = start(url, "a")
            written = until(lambda: len(stored(opened)), lambda count, before=before: count > before, seconds=60)
            process.kill()
            process.join()
            assert opened.get(resources.key_of(tiers.Tier, "web")), "a policy before its tier"
        assert int(apply(url, "a")) < COUNT
        assert len(stored(opened)) == COUNT
        revision = opened.list(PREFIX).revision
        assert apply(url, "a") == "0"
        assert opened.list(PREFIX).revision == revision


def test_two_operators_at_once_lose_nothing_and_are_told(url: str) -> None:
    with SPAWN.Pool(2) as operators:
        told = operators.starmap_async(apply, [(url, "a"), (url, "b")], chunksize=1).get(timeout=120)
    with etcds.open_store(url) as opened:
        found = stored(opened)
        assert len(found) == COUNT or any(text.startswith("conflict:") for text in told)
        for document in found.values():
            # Each as one of them wants it, not a mixture.
            operator = document["metadata"]["labels"]["operator"]
            assert document["spec"]["ingress"][0]["source"]["selector"] == f"operator == '{operator}'"
        for text in told:
            assert text.isdigit() or text.startswith("conflict: another writer changed")
        assert apply(url, "a").isdigit()
        assert {one["metadata"]["labels"]["operator"] for one in stored(opened).values()} == {"a"}
