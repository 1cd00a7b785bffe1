"""Module ``reachability``: statements of who reaches whom, tried on what is stored. Private to this collection."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import resource_module, store
from ansible_collections.calico.docker.plugins.module_utils.model import errors, resources, schema, snapshot_builder
from ansible_collections.calico.docker.plugins.module_utils.model.reachability import statements
from ansible_collections.calico.docker.plugins.module_utils.model.verdict import Oracle, staged

MOST_SHOWN = 10  # packets that belie one statement


def examine(module: AnsibleModule, *, open_store: resource_module.Opener = store.open) -> None:
    """Try every statement of the parameters, and fail with the packets that belie any."""
    parameters = module.params
    with resource_module.failing(module):
        given = _decoded(parameters["statements"])
        with open_store(resource_module.config(parameters)) as opened:
            listing = opened.list(resources.PREFIX)
        snapshot = snapshot_builder.build(listing.records, listing.revision)
        examiner = statements.Examiner(Oracle(staged.enforced(snapshot) if parameters["staged"] else snapshot))
        found = _examined(examiner, given, parameters["uplink"])
    told = [_told(finding) for finding in found]
    if wrong := [finding for finding in found if finding.counterexamples]:
        module.fail_json(msg=_summary(wrong, len(found)), statements=told)
    module.exit_json(changed=False, statements=told)


def _decoded(given: Iterable[Any]) -> list[statements.Statement]:
    """Raises Invalid with all that is wrong with any."""
    found = []
    problems: list[errors.Problem] = []
    for index, one in enumerate(given):
        try:
            renamed = schema.renamed(statements.Statement, one)
            found.append(schema.decode(statements.Statement, renamed, strict=True))
        except errors.Invalid as error:
            problems += error.under(f"statements[{index}]")
    if problems:
        raise errors.Invalid(problems)
    return found


def _examined(
    examiner: statements.Examiner, given: Iterable[statements.Statement], uplink: str
) -> list[statements.Finding]:
    found = []
    problems: list[errors.Problem] = []
    for index, one in enumerate(given):
        try:
            found.append(examiner.examine(one, uplink=uplink))
        except errors.Invalid as error:
            problems += error.under(f"statements[{index}]")
    if problems:
        raise errors.Invalid(problems)
    return found


def _summary(wrong: list[statements.Finding], total: int) -> str:
    lines = [f"{len(wrong)} of {total} statements do not hold"]
    for finding in wrong:
        first = finding.counterexamples[0]
        lines.append(
            f"{finding.statement}: {len(finding.counterexamples)} of {finding.packets} packets, such as {first}"
        )
    return "; ".join(lines)


def _told(finding: statements.Finding) -> dict[str, Any]:
    return {
        "name": str(finding.statement),
        "holds": not finding.counterexamples,
        "packets": finding.packets,
        "counterexamples": [_shown(one) for one in finding.counterexamples[:MOST_SHOWN]],
    }


def _shown(one: statements.Counterexample) -> dict[str, Any]:
    return {
        "packet": str(one),
        "source": str(one.packet.source),
        "destination": str(one.packet.destination),
        "port": one.packet.destination_port,
        "verdict": "Allow" if one.verdict.allowed else "Deny",
        "trail": [{**dataclasses.asdict(step), "decided_by": str(step)} for step in one.verdict.trail],
    }
