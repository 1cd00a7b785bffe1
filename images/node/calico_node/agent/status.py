"""What the agent tells about itself, and the answer to "is this endpoint programmed yet?". Shared by all threads."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping
from typing import Any

from calico_node.calc.rulesets import RuleSet


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is in the kernel, as of ``revision`` of the store."""

    revision: int = 0
    programmed: frozenset[str] = frozenset()  # names of endpoint records
    skipped: Mapping[str, str] = dataclasses.field(default_factory=dict)
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    invalid: tuple[tuple[str, str], ...] = ()
    counts: Mapping[str, int] = dataclasses.field(default_factory=dict)
    rulesets: tuple[RuleSet, ...] = ()
    last_apply: str | None = None


class Status:
    """The latest report."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._report = Report()
        self._in_sync = False
        self._ready = False

    def publish(self, report: Report) -> None:
        """Tell everybody who waits."""
        with self._changed:
            self._report, self._ready = report, True
            self._changed.notify_all()

    def follow(self, *, in_sync: bool) -> None:
        """Whether the store's changes reach us."""
        self._in_sync = in_sync

    def document(self) -> dict[str, Any]:
        """The answer to ``GET /status``."""
        report = self._report
        return {
            "ready": self._ready,
            "inSync": self._in_sync,
            "revision": report.revision,
            "lastApply": report.last_apply,
            "errors": list(report.errors),
            "warnings": list(report.warnings),
            "invalid": [{"key": key, "reason": reason} for key, reason in report.invalid],
            "skipped": [{"endpoint": name, "reason": reason} for name, reason in sorted(report.skipped.items())],
            "counts": dict(report.counts),
        }

    @property
    def rulesets(self) -> tuple[RuleSet, ...]:
        """All policies and profiles that take part."""
        return self._report.rulesets

    def wait(self, endpoint: str, revision: int, seconds: float) -> str | None:
        """None once policy and routes of an endpoint are in the kernel; after ``seconds``, what is missing."""
        with self._changed:
            done = self._changed.wait_for(lambda: self._has(endpoint, revision), seconds)
            return None if done else self._missing(endpoint, revision)

    def _has(self, endpoint: str, revision: int) -> bool:
        return self._report.revision >= revision and endpoint in self._report.programmed

    def _missing(self, endpoint: str, revision: int) -> str:
        report = self._report
        if report.revision < revision:
            what = "follows the store" if self._in_sync else "cannot reach the store"
            return f"the agent {what}, but has programmed revision {report.revision} only, not {revision}"
        reason = report.skipped.get(endpoint) or "; ".join(report.errors)
        return f"endpoint {endpoint} is not programmed: {reason or 'no such endpoint, or its interface is not up'}"
