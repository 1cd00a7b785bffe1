"""Module ``resources``: from files and lists to one batch. Private to this collection."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.calico.docker.plugins.module_utils import resource_module, store
from ansible_collections.calico.docker.plugins.module_utils.model import (
    cluster_informations,
    errors,
    kinds,
    resources,
)
from ansible_collections.calico.docker.plugins.module_utils.reconcile import batches, documents, effects, pruning

MISSING: str | None = None  # why files cannot be read
try:
    from ansible_collections.calico.docker.plugins.module_utils.reconcile import files
except ImportError:
    MISSING = traceback.format_exc()


def apply(module: AnsibleModule, *, open_store: resource_module.Opener = store.open) -> None:
    """Make all resources of the parameters present or absent."""
    parameters = module.params
    if MISSING and parameters["src"]:
        module.fail_json(msg=missing_required_lib("PyYAML"), exception=MISSING)
    with resource_module.failing(module, *([] if MISSING else [files.Unreadable])):
        given = _given(parameters)
        with open_store(resource_module.config(parameters)) as opened:
            items = list(_items(opened, given, parameters))
            apply_all = functools.partial(batches.apply, opened, items, resource_module.new_marks)
            asked = module.check_mode or _wants_diff(module)
            foreseen = apply_all(check_mode=True) if asked else ()
            lines = _effect(opened, foreseen)
            results = foreseen if module.check_mode else apply_all()
    told = {"reachability": lines} if asked else {}
    module.exit_json(**_told(results), diff=_diff(results, lines) if _wants_diff(module) else [], **told)


def _given(parameters: resource_module.Parameters) -> list[resources.Resource]:
    """The resources of the options. Raises Invalid, Unreadable."""
    namespace = parameters["namespace"]
    found = files.read(parameters["src"], None, namespace) if parameters["src"] else []
    found += documents.decode((("definitions", one) for one in parameters["definitions"] or ()), namespace)
    documents.refuse_repeated(found)
    for one in found:
        if isinstance(one, cluster_informations.ClusterInformation):
            raise errors.Invalid.of(one.name, "is read-only: see module bootstrap", "ClusterInformation")
    return found


def _items(
    opened: store.Store, given: Sequence[resources.Resource], parameters: resource_module.Parameters
) -> Iterator[batches.Item]:
    wanted = parameters["state"] == "present"
    for one in given:
        identity = kinds.KeyParts(type(one), one.name, one.metadata.namespace)
        yield batches.Item(identity, one if wanted else None)
    if parameters["prune_selector"]:
        yield from pruning.items(opened, parameters["prune_selector"], parameters["prune_kinds"], given)


def _effect(opened: store.Store, results: Iterable[batches.Result]) -> list[str]:
    """What the changes open and cut, found out before they are made."""
    changes = [
        (item.identity, outcome.after)
        for item, outcome in results
        if outcome.changed and item.identity.kind in effects.KINDS
    ]
    return effects.foresee_all(opened, changes) if changes else []


def _wants_diff(module: AnsibleModule) -> bool:
    return bool(module._diff)  # noqa: SLF001 - Ansible's only way to say so


def _told(results: Sequence[batches.Result]) -> dict[str, Any]:
    told: dict[str, list[str]] = {"created": [], "updated": [], "removed": []}
    for item, outcome in results:
        if outcome.changed:
            what = "removed" if outcome.after is None else "updated" if outcome.before is not None else "created"
            told[what].append(str(item))
    return {"changed": any(told.values()), **told, "unchanged": len(results) - sum(map(len, told.values()))}


def _diff(results: Iterable[batches.Result], lines: Iterable[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"prepared": "".join(f"{line}\n" for line in lines)}] if lines else []
    for item, outcome in results:
        if outcome.changed:
            header = {"before_header": str(item), "after_header": str(item)}
            found.append({**header, "before": outcome.before or {}, "after": outcome.after or {}})
    return found
