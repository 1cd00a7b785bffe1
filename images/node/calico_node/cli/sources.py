"""Where commands have resources from, ``--filename``, and how they say that all went well."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.reconcile import files

from .context import Context
from .errors import CommandError


def add(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """The arguments that name files."""
    parser.add_argument("-f", "--filename", required=required, help="a file, a directory, or - for standard input")
    parser.add_argument("-R", "--recursive", action="store_true", help="the directories of the directory too")
    parser.add_argument("--skip-empty", action="store_true", help="no resource in it is no error")


def given(arguments: argparse.Namespace, context: Context) -> Sequence[tuple[str, Any]]:
    """Every document with the name of its file. Raises CommandError."""
    try:
        return files.given(arguments.filename, context.stdin, recursive=arguments.recursive)
    except files.Empty as error:
        if arguments.skip_empty:
            return ()
        raise CommandError(str(error)) from error
    except files.Unreadable as error:
        raise CommandError(str(error)) from error


def success(done: str, names: Sequence[str]) -> str:
    """The line that ends a command, by the kinds of its resources."""
    if not names:
        return "No resources specified\n"
    what = f"'{names[0]}' resource(s)" if len(set(names)) == 1 else "resource(s)"
    return f"Successfully {done} {len(names)} {what}\n"
