"""``calicoctl get``: list resources, or show some by name."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import resources
from ansible_collections.calico.docker.plugins.module_utils.reconcile import search

from . import columns, tables
from .context import Context, kind
from .errors import CommandError

Document = Mapping[str, Any]
FORMATS = ("ps", "wide", "yaml", "json")


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("kind", type=kind, help="such as ippool, node, profile, globalnetworkpolicy, workloadendpoint")
    parser.add_argument("names", nargs="*", metavar="NAME", help="show these only")
    parser.add_argument("-o", "--output", choices=FORMATS, default="ps", help="ps (default), wide, yaml or json")
    parser.add_argument("-A", "-a", "--all-namespaces", action="store_true", help="of every namespace")


def run(arguments: argparse.Namespace, context: Context) -> None:
    """Print what is stored. Raises CommandError, StoreError."""
    with context.store(arguments) as opened:
        found = search.find(opened, _query(arguments))
    for text in found.invalid:
        context.warn(f"left out, not valid: {text}")
    documents = _named(arguments, found.documents)
    context.stdout.write(_printed(arguments, documents))


def _query(arguments: argparse.Namespace) -> search.Query:
    everywhere = arguments.all_namespaces or not arguments.kind.NAMESPACED
    return search.Query(kinds=(arguments.kind,), namespace=None if everywhere else arguments.namespace)


def _named(arguments: argparse.Namespace, documents: Sequence[Document]) -> Sequence[Document]:
    """The documents that were asked for, all if no name was given."""
    if not arguments.names:
        return documents
    chosen = [document for document in documents if document["metadata"]["name"] in arguments.names]
    missing = set(arguments.names) - {document["metadata"]["name"] for document in chosen}
    if missing:
        place = f" in namespace {arguments.namespace}" if _is_confined(arguments) else ""
        raise CommandError(f"{arguments.kind.KIND} {', '.join(sorted(missing))} does not exist{place}")
    return chosen


def _is_confined(arguments: argparse.Namespace) -> bool:
    return bool(arguments.kind.NAMESPACED and not arguments.all_namespaces)


def _printed(arguments: argparse.Namespace, documents: Sequence[Document]) -> str:
    if arguments.output in ("yaml", "json"):
        shown: object = _listed(arguments.kind, documents) if not arguments.names else documents
        return printed(shown[0] if isinstance(shown, list) and len(shown) == 1 else shown, arguments.output)
    return tables.padded(
        columns.rows(
            arguments.kind.KIND,
            documents,
            wide=arguments.output == "wide",
            namespaces=arguments.kind.NAMESPACED and arguments.all_namespaces,
        )
    )


def _listed(cls: type[resources.Resource], documents: Sequence[Document]) -> Document:
    return {"kind": f"{cls.KIND}List", "apiVersion": resources.API_VERSION, "metadata": {}, "items": list(documents)}


def printed(value: object, form: str) -> str:
    """A document as YAML or JSON."""
    plain = json.loads(stores.encode(value)) if isinstance(value, (Mapping, list)) else value
    if form == "json":
        return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"
    return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))
