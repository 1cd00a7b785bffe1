"""Whether agent, Docker driver and BIRD of a host answer, and the kernel is what the datastore says."""

from __future__ import annotations

from collections.abc import Iterator

from . import reading, rows

ANSWERS = "answers"
_SERVICES = (
    ("calico-agent", "agent in sync"),
    ("calico-libnetwork", "Docker driver answers"),
    ("calico-bird", "BIRD answers"),
)
_SYSTEMCTL = "see: systemctl status"


def check(host: str, result: reading.Result) -> Iterator[rows.Row]:
    """From the result of module node_status."""
    if result.get("unreachable"):
        yield rows.failed(host, ANSWERS, f"Ansible does not reach the host: {reading.complaint(result)}")
        return
    if "problems" not in result:
        yield rows.failed(host, ANSWERS, f"module node_status failed: {reading.complaint(result)}")
        return
    for service, title in _SERVICES:
        found = [text.partition(": ")[2] for text in result["problems"] if text.startswith(f"{service}: ")]
        more = _notes(result.get("status") or {}) if service == "calico-agent" else []
        bad = [rows.failed(host, title, f"{text}; {_SYSTEMCTL} {service}") for text in found]
        bad += [rows.failed(host, title, text) for text in more]
        yield from rows.one_or_all(rows.Row(host, title), bad)


def _notes(status: reading.Result) -> list[str]:
    """What the agent could not do for others' faults: records that cannot be read, sessions that lack something."""
    return [
        *(str(text) for text in status.get("warnings", [])),
        *(f"endpoint {one['endpoint']} is not programmed: {one['reason']}" for one in status.get("skipped", [])),
        *(f"record {one['key']} is not valid: {one['reason']}" for one in status.get("invalid", [])),
    ]
