"""What belongs to a set of resources by its label, and is not in the set any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import (
    cluster_informations,
    errors,
    kinds,
    nodes,
    resources,
    selectors,
    workload_endpoints,
)

from . import batches

# Written by hosts and by this collection's roles, not in files of people.
_NEVER = (cluster_informations.ClusterInformation, nodes.Node, workload_endpoints.WorkloadEndpoint)
KINDS: tuple[type[resources.Resource], ...] = tuple(kind for kind in kinds.ALL if kind not in _NEVER)


def items(
    store: stores.Store,
    label: str,
    words: Iterable[str] | None,
    kept: Sequence[resources.Resource],
) -> Iterator[batches.Item]:
    """The removal of all that ``label`` selects but for ``kept``, of the kinds that ``words`` name (None: all).

    Raises Invalid, also for what is kept and not selected: nobody would ever remove it. StoreError.
    """
    tree = _selector(label)
    concerned = KINDS if words is None else tuple(_kind(word) for word in words)
    strays = [one for one in kept if type(one) in concerned and not tree.matches(one.metadata.labels)]
    if strays:
        raise errors.Invalid(
            errors.Problem(f"{one.KIND} {one.name}.metadata.labels", dict(one.metadata.labels), f"must match {label}")
            for one in strays
        )
    keys = {one.key for one in kept}
    for kind in concerned:
        for record in store.list(resources.prefix_of(kind)).records:
            identity = kinds.parse_key(record.key)
            if identity is not None and record.key not in keys and tree.matches(_labels(record)):
                yield batches.Item(identity, None)


def _labels(record: stores.Record) -> Mapping[str, str]:
    """As they are stored: to be removed a resource need not be valid."""
    try:
        document = record.document()
    except errors.Invalid:
        return {}
    metadata = document.get("metadata") if isinstance(document, Mapping) else None
    labels = metadata.get("labels") if isinstance(metadata, Mapping) else None
    return labels if isinstance(labels, Mapping) else {}


def _selector(label: str) -> selectors.Selector:
    try:
        tree = selectors.parse(label)
    except selectors.SyntaxProblem as error:
        raise errors.Invalid.of(label, str(error), "prune_selector") from None
    if tree.matches({}):
        raise errors.Invalid.of(label, "selects what has no label at all: everything would go", "prune_selector")
    return tree


def _kind(word: str) -> type[resources.Resource]:
    try:
        kind = kinds.by_name(word)
    except errors.Invalid as error:
        raise errors.Invalid(error.under("prune_kinds")) from None
    if kind in _NEVER:
        raise errors.Invalid.of(word, "belongs to hosts and is never pruned", "prune_kinds")
    return kind
