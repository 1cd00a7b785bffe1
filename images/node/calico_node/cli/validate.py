"""``calicoctl validate``: what is wrong with documents, each on its own; asks no datastore and writes nothing."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.reconcile import documents

from . import demands, sources
from .context import Context
from .errors import CommandError


def run(arguments: argparse.Namespace, context: Context) -> None:
    """Say of every document what would be refused in it. Raises CommandError if anything would."""
    given = sources.given(arguments, context)
    kinds = []
    for place, document in documents.placed(given):
        try:
            kinds.append(_kind(document, arguments.namespace))
        except Invalid as error:
            _tell(context, (str(problem) for problem in error.under(place)))
        except CommandError as error:
            _tell(context, [f"{place}: {error}"])
    if len(kinds) < len(given):
        raise CommandError(f"{len(given) - len(kinds)} out of {len(given)} resources are not valid")
    context.stdout.write(sources.success("validated", kinds))


def _kind(document: Any, namespace: str) -> str:
    resource = documents.read(document, namespace)
    demands.writable(type(resource))
    return resource.KIND


def _tell(context: Context, lines: Iterable[str]) -> None:
    for line in lines:
        context.warn(line)
