"""``calicoctl apply``, ``create`` and ``delete``: the same routine as the Ansible modules, on documents of people."""

from __future__ import annotations

import argparse
import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from ansible_collections.calico.docker.plugins.module_utils import reconcile, store
from ansible_collections.calico.docker.plugins.module_utils.model import cluster_informations, kinds, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.reconcile import files

from .context import Context, kind
from .errors import CommandError

_DONE = {"apply": "applied", "create": "created", "delete": "deleted"}


def add_file(parser: argparse.ArgumentParser) -> None:
    """Arguments of apply and create."""
    parser.add_argument("-f", "--filename", required=True, help="a file, a directory, or - for standard input")


def add_delete(parser: argparse.ArgumentParser) -> None:
    """Arguments of delete."""
    parser.add_argument("kind", type=kind, nargs="?")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("-f", "--filename", help="delete what this file, directory or - (standard input) holds")
    parser.add_argument("-s", "--skip-not-exists", action="store_true", help="what does not exist is no error")


def run(arguments: argparse.Namespace, context: Context) -> None:
    """Write one after the other, nothing if one is not valid. Raises CommandError, Invalid, StoreError."""
    targets = _targets(arguments, context)
    done = 0
    try:
        with context.store(arguments) as opened:
            for identity, wanted in targets:
                _write(opened, arguments, identity, wanted)
                done += 1
    except (CommandError, Invalid, store.StoreError):
        if done:
            context.warn(
                f"Partial success: {_DONE[arguments.command]} the first {done} out of {len(targets)} resources"
            )
        raise
    context.stdout.write(_success(_DONE[arguments.command], [identity.kind.KIND for identity, _wanted in targets]))


Target = tuple[kinds.KeyParts, resources.Resource | None]


def _targets(arguments: argparse.Namespace, context: Context) -> list[Target]:
    deleting = arguments.command == "delete"
    if not arguments.filename:
        return list(_named(arguments))
    if deleting and arguments.kind:
        raise CommandError("give either KIND NAME or --filename")
    try:
        read = files.read(arguments.filename, context.stdin, arguments.namespace)
    except files.Unreadable as error:
        raise CommandError(str(error)) from error
    identities = [kinds.KeyParts(type(item), item.name, item.metadata.namespace) for item in read]
    for identity in identities:
        if identity.kind is cluster_informations.ClusterInformation:
            raise CommandError("ClusterInformation is read-only")
    return [(identity, None if deleting else item) for identity, item in zip(identities, read, strict=True)]


def _named(arguments: argparse.Namespace) -> Iterable[Target]:
    if not arguments.kind or not arguments.names:
        raise CommandError("give KIND NAME or --filename")
    namespace = arguments.namespace if arguments.kind.NAMESPACED else None
    return ((kinds.KeyParts(arguments.kind, name, namespace), None) for name in arguments.names)


def _write(
    opened: store.Store, arguments: argparse.Namespace, identity: kinds.KeyParts, wanted: resources.Resource | None
) -> None:
    marks = reconcile.Marks(str(uuid.uuid4()), dt.datetime.now(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    merge = _only_new if arguments.command == "create" else None
    outcome = reconcile.converge(opened, identity, wanted, marks, merge=merge)
    if wanted is None and outcome.before is None and not arguments.skip_not_exists:
        raise CommandError(f"resource does not exist: {identity.kind.KIND}({identity.name})")


def _only_new(wanted: resources.Resource, stored: resources.Resource | None) -> resources.Resource:
    if stored is not None:
        raise CommandError(f"resource already exists: {wanted.KIND}({wanted.name}); use apply to change it")
    return wanted


def _success(done: str, names: Sequence[str]) -> str:
    what = f"'{names[0]}' resource(s)" if len(set(names)) == 1 else "resource(s)"
    return f"Successfully {done} {len(names)} {what}\n"
