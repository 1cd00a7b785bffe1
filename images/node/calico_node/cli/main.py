"""calicoctl's command line: which command, with which arguments; one line on stderr and 1 where it cannot be done."""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid

from . import explain, get, ipam, label, node, patch, sources, validate, version, write
from .context import Context
from .errors import CommandError

Run = Callable[[argparse.Namespace, Context], None]
Add = Callable[[argparse.ArgumentParser], None]


class _Parser(argparse.ArgumentParser):
    """Exits with 1 for wrong arguments too, as upstream's does."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def main(words: Sequence[str] | None = None, context: Context | None = None) -> int:
    """Run a command; its exit code is 0, or 1 for any error."""
    arguments = _parser().parse_args(words)
    used = context or Context(environ=os.environ, stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr)
    try:
        arguments.run(arguments, used)
        used.stdout.flush()
    except Invalid as error:
        used.warn("\n".join(str(problem) for problem in error.problems))
        return 1
    except (CommandError, store.StoreError) as error:
        used.warn(str(error))
        return 1
    except BrokenPipeError:  # head and less stop reading, which is no error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="calicoctl", description="Calico's resources in the datastore, and the state of this host.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, run, add, text in _COMMANDS:
        command = commands.add_parser(name, help=text, description=f"calicoctl {name}: {text}.")
        command.add_argument("-c", "--config", type=pathlib.Path, help="settings, by default /etc/calico/calicoctl.cfg")
        command.add_argument("-n", "--namespace", default="default", help="namespace (default: %(default)s)")
        if add is not None:
            add(command)
        command.set_defaults(run=run)
    return parser


_COMMANDS: tuple[tuple[str, Run, Add | None, str], ...] = (
    ("get", get.run, get.add, "list resources or show some"),
    ("apply", write.run, write.add_file, "create resources, or make existing ones like these"),
    ("create", write.run, write.add_create, "create resources that do not exist"),
    ("replace", write.run, write.add_file, "make existing resources like these"),
    ("delete", write.run, write.add_delete, "delete resources"),
    ("label", label.run, label.add, "set, change or remove a label of a resource"),
    ("patch", patch.run, patch.add, "change parts of a resource"),
    ("validate", validate.run, sources.add, "what is wrong with resources in files, without a datastore"),
    ("explain", explain.run, explain.add, "whether a packet may pass, and who decides"),
    ("node", node.run, node.add, "state of this host, or the end of another"),
    ("ipam", ipam.run, ipam.add, "addresses in use and free"),
    ("version", version.run, None, "version of client and cluster"),
)
