"""Stored resources as people see them, by kind, name and labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import errors, kinds, resources, schema, selectors

from . import shown


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """What to look for; None is anything."""

    kinds: tuple[type[resources.Resource], ...] = kinds.ALL
    name: str | None = None
    namespace: str | None = None
    labels: selectors.Selector | None = None

    def matches(self, resource: resources.Resource) -> bool:
        metadata = resource.metadata
        return (
            self.name in (None, metadata.name)
            and self.namespace in (None, metadata.namespace)
            and (self.labels is None or self.labels.matches(metadata.labels))
        )


def query(words: Iterable[str] | None, name: str | None, namespace: str | None, labels: str | None) -> Query:
    """A query from a person's words: kinds (none is all), names, a label selector. Raises Invalid."""
    problems: list[errors.Problem] = []
    found = []
    for word in words or kinds.BY_KIND:
        try:
            found.append(kinds.by_name(word))
        except errors.Invalid as error:
            problems.extend(dataclasses.replace(problem, field="kinds") for problem in error.problems)
    tree = None
    try:
        tree = selectors.parse(labels or "")
    except selectors.SyntaxProblem as error:
        problems.append(errors.Problem("label_selector", labels, str(error)))
    if problems:
        raise errors.Invalid(problems)
    return Query(tuple(dict.fromkeys(found)), name, namespace, tree)


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """Documents sorted by kind and key, and what is stored but cannot be read."""

    documents: tuple[Mapping[str, Any], ...]
    invalid: tuple[str, ...]


def find(store: stores.Store, query: Query) -> Found:
    """Everything stored that the query matches. Raises StoreError."""
    documents: list[Mapping[str, Any]] = []
    invalid: list[str] = []
    for record in _records(store, query.kinds):
        parts = kinds.parse_key(record.key)
        if parts is None:
            continue
        try:
            resource = parts.kind.decode(record.document())
        except errors.Invalid as error:
            invalid.append(f"{record.key}: {error}")
            continue
        if query.matches(resource):
            documents.append(document(resource, record.revision))
    return Found(tuple(documents), tuple(invalid))


def _records(store: stores.Store, wanted: Iterable[type[resources.Resource]]) -> Iterable[stores.Record]:
    for kind in wanted:
        yield from store.list(resources.prefix_of(kind)).records


def document(resource: resources.Resource, revision: int) -> Mapping[str, Any]:
    """As shown, with uid, creationTimestamp and resourceVersion as upstream's clients print them."""
    metadata = {**schema.encode(resource.metadata), "resourceVersion": str(revision)}
    return {**shown(resource), "metadata": metadata}
