"""Tiers hold policies: a policy needs its Tier, and a Tier that holds one stays."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import errors, policies, resources, tiers
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Problem

from .terms import Terms


def policy(store: stores.Store, _stored: policies.Policy | None, wanted: policies.Policy | None) -> Terms:
    """A policy of any kind."""
    if wanted is None:
        return Terms()
    key = resources.key_of(tiers.Tier, wanted.spec.tier)
    record = store.get(key)
    if record is None:
        return Terms(problems=(Problem("spec.tier", wanted.spec.tier, "there is no such Tier: create it first"),))
    return Terms(expect={key: record.revision})


def tier(store: stores.Store, stored: tiers.Tier | None, wanted: tiers.Tier | None) -> Terms:
    """A Tier."""
    if wanted is not None or stored is None:
        return Terms()
    if stored.name in tiers.WELL_KNOWN:
        return Terms(problems=(Problem("metadata.name", stored.name, "every cluster has this tier"),))
    users: list[str] = []
    unchanged = {}
    for kind in policies.KINDS:
        prefix = resources.prefix_of(kind)
        listing = store.list(prefix)
        users += _in_tier(kind, listing.records, stored.name)
        unchanged[prefix] = listing.revision
    problems = [Problem("metadata.name", stored.name, f"used by {', '.join(sorted(users))}")] if users else []
    return Terms(problems=tuple(problems), unchanged=unchanged)


def _in_tier(kind: type[policies.Policy], records: Iterable[stores.Record], name: str) -> Iterable[str]:
    """The policies of a tier, those too that do not validate: they deny in it."""
    for record in records:
        try:
            spec = record.document().get("spec")
            tier_name = spec.get("tier") or tiers.DEFAULT
        except (errors.Invalid, AttributeError):
            continue
        if tier_name == name:
            yield f"{kind.KIND} {record.key.removeprefix(resources.prefix_of(kind))}"
