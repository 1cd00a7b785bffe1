"""``calicoctl patch``: change parts of a resource, by a merge patch or by a list of operations."""

from __future__ import annotations

import argparse
import functools
import json
from typing import Any, NoReturn

from . import edit, json_patch, merge_patch
from .context import Context
from .errors import CommandError

_TYPES = ("strategic", "merge", "json")


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    edit.add(parser)
    parser.add_argument("-p", "--patch", required=True, help="the patch, as JSON")
    parser.add_argument(
        "-t",
        "--type",
        choices=_TYPES,
        default=_TYPES[0],
        help="strategic (default) and merge: an object that is laid over the resource (RFC 7386), where null removes a "
        "field and a list replaces the whole list; json: a list of operations (RFC 6902)",
    )


def run(arguments: argparse.Namespace, context: Context) -> None:
    """Do it and say so. Raises CommandError, Invalid, StoreError."""
    patch = _parsed(arguments.patch)
    try:
        edit.edit(arguments, context, _change(arguments.type, patch))
    except RecursionError as error:
        raise CommandError("--patch is nested too deeply") from error
    context.stdout.write(f"Successfully patched 1 '{arguments.kind.KIND}' resource\n")


def _parsed(text: str) -> Any:
    try:
        patch = json.loads(text, parse_constant=_refuse)
        # Half a surrogate pair and numbers beyond all bounds can be read, but not be stored.
        json.dumps(patch, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise CommandError(f"--patch is not JSON: {error}") from error
    return patch


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _change(form: str, patch: Any) -> edit.Change:
    """What the patch does to a document. Raises CommandError, Invalid."""
    if form == "json":
        if not isinstance(patch, list):
            raise CommandError("--type json takes a list of operations (RFC 6902); for an object use --type merge")
        return functools.partial(json_patch.applied, operations=patch)
    if not isinstance(patch, dict):
        raise CommandError(f"--type {form} takes an object; for a list of operations use --type json")
    if form == "strategic":
        merge_patch.refuse_directives(patch)
    return functools.partial(merge_patch.applied, patch=patch)
