"""Documents that people write, and the resources that they mean."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import kinds, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid, Problem


def decode(given: Iterable[tuple[str, Any]], namespace: str) -> list[resources.Resource]:
    """The resources of documents, each with the name of where it stands. Raises Invalid with all problems of all."""
    found: list[resources.Resource] = []
    problems: list[Problem] = []
    for place, document in placed(given):
        try:
            found.append(read(document, namespace))
        except Invalid as error:
            problems.extend(error.under(place))
    if problems:
        raise Invalid(problems)
    return found


def placed(given: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Documents, each with where it stands: the second one of a file is ``file[2]``."""
    numbers: collections.Counter[str] = collections.Counter()
    for name, document in given:
        numbers[name] += 1
        yield f"{name}[{numbers[name]}]", document


def read(document: Any, namespace: str) -> resources.Resource:
    """The resource of a document; ``namespace`` is its own if it needs one and states none. Raises Invalid."""
    return kinds.decode(_in_namespace(document, namespace), strict=True)


def version(document: Any) -> str | None:
    """The ``resourceVersion`` that a document states: it is about that state of the resource, and no later one."""
    metadata = document.get("metadata") if isinstance(document, Mapping) else None
    stated = metadata.get("resourceVersion") if isinstance(metadata, Mapping) else None
    return None if stated in (None, "") else str(stated)


def refuse_repeated(found: Iterable[resources.Resource]) -> None:
    """Of two documents about one resource nobody knows which is meant. Raises Invalid."""
    times = collections.Counter((one.KIND, one.metadata.namespace, one.name) for one in found)
    problems = [
        Problem("metadata.name", name, f"{count} documents are about this {kind}: leave one")
        for (kind, _namespace, name), count in times.items()
        if count > 1
    ]
    if problems:
        raise Invalid(problems)


def _in_namespace(document: Any, namespace: str) -> Any:
    kind = kinds.BY_KIND.get(str(document.get("kind"))) if isinstance(document, Mapping) else None
    metadata = document.get("metadata") if kind else None
    if kind is None or not kind.NAMESPACED or not isinstance(metadata, Mapping):
        return document
    return {**document, "metadata": {"namespace": namespace, **metadata}}
