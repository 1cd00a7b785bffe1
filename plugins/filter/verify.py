"""Filters of play verify."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.calico.docker.plugins.plugin_utils.verify import probes, report, rows


def verify_rows(
    hosts: Mapping[str, Any], groups: Mapping[str, Sequence[str]], names: Sequence[str]
) -> list[dict[str, Any]]:
    """See verify_rows.yml."""
    return [dataclasses.asdict(row) for row in report.check(hosts, groups, names)]


def verify_table(found: Iterable[Mapping[str, str]]) -> list[str]:
    """See verify_table.yml."""
    return rows.table(rows.Row(**row) for row in found)


def verify_failures(found: Iterable[Mapping[str, str]]) -> list[str]:
    """See verify_failures.yml."""
    return [str(rows.Row(**row)) for row in found if row["state"] == rows.FAILED]


def verify_targets(hosts: Mapping[str, Any], names: Sequence[str], own: str, limit: int) -> list[list[str]]:
    """See verify_targets.yml."""
    told = {name: probes.addresses(hosts[name].get("verify_addresses") or {}) for name in names}
    known = {name: addresses for name, addresses in told.items() if addresses}
    chosen = probes.pairs(hosts, list(known), limit)
    return [[target, address] for target, address in probes.targets(own, chosen, known)]


class FilterModule:
    """Ansible's entry."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name the filters."""
        return {
            "verify_failures": verify_failures,
            "verify_rows": verify_rows,
            "verify_table": verify_table,
            "verify_targets": verify_targets,
        }
