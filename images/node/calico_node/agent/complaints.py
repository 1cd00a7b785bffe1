"""What a person should mend, told once: when it appears, and when it is gone. Does not know where it is told."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True)
class News:
    """What is wrong since the last time, and what no longer is."""

    appeared: tuple[str, ...]
    gone: tuple[str, ...]


class Complaints:
    """Remembers what has been told."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def news(self, current: Mapping[str, str]) -> News:
        """What to tell about the current complaints: reasons by what they are about."""
        before, self._told = self._told, dict(current)
        new = (subject for subject, reason in self._told.items() if before.get(subject) != reason)
        return News(
            appeared=tuple(_line(f"{subject}: {self._told[subject]}") for subject in sorted(new)),
            gone=tuple(_line(subject) for subject in sorted(before.keys() - self._told.keys())),
        )


def _line(text: str) -> str:
    """One line that moves no cursor: whoever writes a key of the store must not write other lines of our log."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
