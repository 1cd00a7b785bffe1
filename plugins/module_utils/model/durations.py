"""Durations as the Calico v3 API writes them (Go's form): ``30s``, ``1m0s``, ``1.5h``, ``0``."""

from __future__ import annotations

import re

_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str) -> float:
    """The length in seconds of a duration that ``fields.DURATION`` accepted; infinite if it is beyond all numbers."""
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
