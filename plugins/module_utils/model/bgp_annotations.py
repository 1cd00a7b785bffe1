"""What BIRD can do for a session and Calico v3 has no field for: annotations, which upstream keeps and ignores.

On a BGPPeer they hold for its sessions, on the BGPConfiguration ``default`` for those of the mesh.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Mapping

from . import durations, fields
from .errors import Invalid, Problem

BFD_INTERVAL = "calico.docker/bfd-interval"
BFD_MULTIPLIER = "calico.docker/bfd-multiplier"
STALE_TIME = "calico.docker/long-lived-stale-time"
IMPORT_LIMIT = "calico.docker/import-limit"

# What the modules call them
OPTIONS = {
    "bfd_interval": BFD_INTERVAL,
    "bfd_multiplier": BFD_MULTIPLIER,
    "long_lived_stale_time": STALE_TIME,
    "import_limit": IMPORT_LIMIT,
}

_MOST_SECONDS = 16777215  # 24 bits (RFC 9494)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """None is off. Milliseconds for BFD's interval, seconds for how long a peer keeps our routes when we are lost."""

    bfd_interval: int | None = None
    bfd_multiplier: int = 3
    stale_time: int | None = None
    import_limit: int | None = None


def read(annotations: Mapping[str, str]) -> Extras:
    """The extras of a resource; what is no valid value is as if it were not there."""
    return Extras(**_read(annotations)[0])


def stated(annotations: Mapping[str, str], extras: Mapping[str, object]) -> Mapping[str, str]:
    """The annotations with these extras, by the names of OPTIONS, and no others of ours. Raises Invalid."""
    kept = {name: value for name, value in annotations.items() if name not in OPTIONS.values()}
    kept |= {OPTIONS[option]: str(value) for option, value in extras.items() if value is not None}
    if refused := list(problems(kept)):
        raise Invalid(refused)
    return kept


def problems(annotations: Mapping[str, str]) -> Iterable[Problem]:
    """What is wrong with them."""
    found, refused = _read(annotations)
    yield from (problem.under("metadata.annotations") for problem in refused)
    if "bfd_multiplier" in found and "bfd_interval" not in found:
        yield Problem(f"metadata.annotations.{BFD_MULTIPLIER}", annotations[BFD_MULTIPLIER], f"needs {BFD_INTERVAL}")


def _read(annotations: Mapping[str, str]) -> tuple[dict[str, int], list[Problem]]:
    found: dict[str, int] = {}
    refused: list[Problem] = []
    for annotation, attribute, form in (
        (BFD_INTERVAL, "bfd_interval", _duration(0.01, 60.0, 1000)),
        (BFD_MULTIPLIER, "bfd_multiplier", _number(2, 255)),
        (STALE_TIME, "stale_time", _duration(1.0, float(_MOST_SECONDS), 1)),
        (IMPORT_LIMIT, "import_limit", _number(1, 10_000_000)),
    ):
        if (text := annotations.get(annotation)) is not None:
            try:
                found[attribute] = form(text)
            except Invalid as error:
                refused += error.under(annotation)
    return found, refused


def _duration(least: float, most: float, in_a_second: int) -> Callable[[str], int]:
    def read_duration(text: str) -> int:
        length = durations.seconds(fields.DURATION.decode(text, True))
        if not least <= length <= most:
            raise Invalid.of(text, f"must be a duration from {least:g}s to {most:g}s")
        return math.ceil(length * in_a_second)

    return read_duration


def _number(least: int, most: int) -> Callable[[str], int]:
    def read_number(text: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise Invalid.of(text, f"must be a whole number from {least} to {most}, as text")
        return int(text)

    return read_number
