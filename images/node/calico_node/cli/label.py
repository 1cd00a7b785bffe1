"""``calicoctl label``: set, change or remove one label of a resource."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import names, policies, resources, workload_endpoints
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid

from . import edit
from .context import Context
from .errors import CommandError

# Labels that are made from other fields of the resource
_OWN: Mapping[type[resources.Resource], frozenset[str]] = {
    workload_endpoints.WorkloadEndpoint: frozenset(workload_endpoints.forced_labels(None, "")),
    **dict.fromkeys(policies.KINDS, frozenset((policies.TIER_LABEL,))),
}
_HINT = "please use '--overwrite' to set a new value."


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    edit.add(parser)
    parser.add_argument("label", metavar="LABEL", help="KEY=VALUE, or KEY with --remove")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--overwrite", action="store_true", help="change the value of a label that is there")
    how.add_argument("--remove", action="store_true", help="remove the label")


def run(arguments: argparse.Namespace, context: Context) -> None:
    """Do it and say what was done. Raises CommandError, Invalid, StoreError."""
    key, value = _parsed(arguments.label, is_removed=arguments.remove)
    title = f"{arguments.kind.KIND} {arguments.name}"
    if key in _OWN.get(arguments.kind, ()):
        raise CommandError(f"label {key} of {title} is Calico's own and stays as it is")

    def change(document: dict[str, Any]) -> dict[str, Any]:
        labels = dict(_labels(document))
        if value is None:
            if labels.pop(key, None) is None:
                raise CommandError(f"cannot remove label of {title}, key {key} does not exist")
        elif labels.setdefault(key, value) != value and not arguments.overwrite:
            raise CommandError(f"failed to update label of {title}, key {key} is already present. {_HINT}")
        else:
            labels[key] = value
        return {**document, "metadata": {**document["metadata"], "labels": labels}}

    outcome = edit.edit(arguments, context, change)
    context.stdout.write(f"Successfully {_done(key, value, _labels(outcome.before))} {title}\n")


def _parsed(word: str, *, is_removed: bool) -> tuple[str, str | None]:
    """Key and value; None: it goes. Raises CommandError, Invalid."""
    key, equals, value = word.partition("=")
    if not key or bool(equals) == is_removed or "=" in value:
        raise CommandError(f"invalid label {word}: give KEY=VALUE, or KEY and --remove")
    problems = names.label_problems(key, value)
    if problems:
        raise Invalid(problem.under("metadata.labels") for problem in problems)
    return key, None if is_removed else value


def _labels(document: Any) -> dict[str, str]:
    found: dict[str, str] = document["metadata"].get("labels", {})
    return found


def _done(key: str, value: str | None, before: dict[str, str]) -> str:
    if value is None:
        return f"removed label {key} from"
    return f"{'updated' if key in before else 'set'} label {key} on"
