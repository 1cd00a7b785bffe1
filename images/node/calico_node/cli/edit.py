"""One stored resource, changed in parts, for ``label`` and ``patch``: read, changed, written unless it moved."""

from __future__ import annotations

import argparse
import functools
import json
from collections.abc import Callable
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import reconcile, store
from ansible_collections.calico.docker.plugins.module_utils.model import kinds, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.reconcile import documents, search

from . import demands
from .context import Context, kind
from .errors import CommandError

# From a document as ``get -o json`` prints it to what it shall be; leaves the one that it is given alone.
Change = Callable[[dict[str, Any]], Any]


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments that name a resource."""
    parser.add_argument("kind", type=kind, help="such as ippool, node, profile, globalnetworkpolicy, workloadendpoint")
    parser.add_argument("name", metavar="NAME")


def edit(arguments: argparse.Namespace, context: Context, change: Change) -> reconcile.Outcome:
    """Change it, again on a fresh look if another writer was faster. Raises CommandError, Invalid, StoreError."""
    demands.writable(arguments.kind)
    namespace = arguments.namespace if arguments.kind.NAMESPACED else None
    identity = kinds.KeyParts(arguments.kind, arguments.name, namespace)
    with context.store(arguments) as opened:
        return reconcile.change(opened, identity, functools.partial(_made, identity, change), demands.new_marks())


def _made(identity: kinds.KeyParts, change: Change, stored: reconcile.Stored) -> resources.Resource:
    demands.present(identity, stored)
    if stored.resource is None:
        raise CommandError(f"{demands.title(identity)} is stored, but not valid: use replace to write it anew")
    document = search.document(stored.resource, stored.revision)
    changed = change(json.loads(store.encode(document)))
    demands.current(identity, stored, documents.version(changed))
    made = identity.kind.decode(changed, strict=True)
    if made.key != stored.key:
        raise Invalid.of(made.name, f"must stay {demands.title(identity)}: create another resource", "metadata.name")
    return made
