"""Names of our things in BIRD, made of Calico's: at most 64 characters, and different for different things."""

from __future__ import annotations

import hashlib

_LONGEST = 64
_KEPT = 47  # with a colon and 16 hex digits


def symbol(*words: str) -> str:
    """The name of a thing that ``words`` tell; a colon is in none of Calico's names."""
    text = ":".join(words)
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_KEPT]}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"
