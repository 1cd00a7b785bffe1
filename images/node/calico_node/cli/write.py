"""``calicoctl apply``, ``create``, ``replace`` and ``delete``: the modules' own routine, on documents of people."""

from __future__ import annotations

import argparse
import dataclasses
import functools
from collections.abc import Iterable

from ansible_collections.calico.docker.plugins.module_utils import reconcile, store
from ansible_collections.calico.docker.plugins.module_utils.model import kinds, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.reconcile import documents

from . import demands, sources
from .context import Context, kind
from .errors import CommandError

_DONE = {"apply": "applied", "create": "created", "replace": "replaced", "delete": "deleted"}


def add_file(parser: argparse.ArgumentParser) -> None:
    """Arguments of apply and replace."""
    sources.add(parser)
    parser.set_defaults(skip_exists=False, skip_not_exists=False)


def add_create(parser: argparse.ArgumentParser) -> None:
    """Arguments of create."""
    add_file(parser)
    parser.add_argument("--skip-exists", action="store_true", help="what exists is no error and stays as it is")


def add_delete(parser: argparse.ArgumentParser) -> None:
    """Arguments of delete."""
    parser.add_argument("kind", type=kind, nargs="?")
    parser.add_argument("names", nargs="*", metavar="NAME")
    sources.add(parser, required=False)
    parser.set_defaults(skip_exists=False)
    parser.add_argument("-s", "--skip-not-exists", action="store_true", help="what does not exist is no error")


@dataclasses.dataclass(frozen=True, slots=True)
class _Target:
    """What a resource shall be, None: absent; ``version`` is the resourceVersion that its document states."""

    identity: kinds.KeyParts
    wanted: resources.Resource | None
    version: str | None = None


def run(arguments: argparse.Namespace, context: Context) -> None:
    """Write one after the other, nothing if one is not valid. Raises CommandError, Invalid, StoreError."""
    targets = list(_targets(arguments, context))
    done = 0
    try:
        with context.store(arguments) as opened:
            for target in targets:
                _write(opened, arguments, target)
                done += 1
    except (CommandError, Invalid, store.StoreError):
        if done:
            context.warn(
                f"Partial success: {_DONE[arguments.command]} the first {done} out of {len(targets)} resources"
            )
        raise
    context.stdout.write(sources.success(_DONE[arguments.command], [target.identity.kind.KIND for target in targets]))


def _targets(arguments: argparse.Namespace, context: Context) -> Iterable[_Target]:
    if not arguments.filename:
        return _named(arguments)
    if arguments.command == "delete" and arguments.kind:
        raise CommandError("give either KIND NAME or --filename")
    given = sources.given(arguments, context)
    targets = []
    for item, (_name, document) in zip(documents.decode(given, arguments.namespace), given, strict=True):
        identity = kinds.KeyParts(type(item), item.name, item.metadata.namespace)
        demands.writable(identity.kind)
        wanted = None if arguments.command == "delete" else item
        targets.append(_Target(identity, wanted, documents.version(document)))
    return targets


def _named(arguments: argparse.Namespace) -> Iterable[_Target]:
    if not arguments.kind or not arguments.names:
        raise CommandError("give KIND NAME or --filename")
    demands.writable(arguments.kind)
    namespace = arguments.namespace if arguments.kind.NAMESPACED else None
    return (_Target(kinds.KeyParts(arguments.kind, name, namespace), None) for name in arguments.names)


def _write(opened: store.Store, arguments: argparse.Namespace, target: _Target) -> None:
    make = functools.partial(_made, arguments.command, target)
    try:
        reconcile.change(opened, target.identity, make, demands.new_marks())
    except demands.Exists:
        if not arguments.skip_exists:
            raise
    except demands.Missing:
        if not arguments.skip_not_exists:
            raise


def _made(command: str, target: _Target, stored: reconcile.Stored) -> resources.Resource | None:
    """The target, if what is stored is as the command demands. Raises CommandError."""
    if command == "create":
        demands.absent(target.identity, stored)
    if command in ("replace", "delete"):
        demands.present(target.identity, stored)
    demands.current(target.identity, stored, target.version)
    return target.wanted
