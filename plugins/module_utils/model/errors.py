"""What is wrong with a resource: field, value and what is allowed, all problems at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

# Of a record that is wrong from end to end, the first problems tell enough.
MAX_SHOWN = 10
_MAX_LENGTH = 120


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One refused field; ``field`` is a path such as ``spec.ingress[0].source.ports[1]``."""

    field: str
    value: object
    allowed: str

    def __str__(self) -> str:
        # Names are of whoever wrote the record: they stay on their line.
        field = self.field if self.field and self.field.isprintable() else repr(self.field)
        return f"{_cut(field)}: {_shown(self.value)} is refused: {self.allowed}"

    def under(self, parent: str) -> Problem:
        """The same problem seen from the object that holds ``parent``."""
        separator = "" if not self.field or self.field.startswith("[") else "."
        return Problem(f"{parent}{separator}{self.field}", self.value, self.allowed)


class Invalid(ValueError):
    """Input that is not a valid resource; ``problems`` lists every refused field."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        shown = [str(problem) for problem in self.problems[:MAX_SHOWN]]
        more = len(self.problems) - len(shown)
        super().__init__("; ".join(shown) + (f"; and {more} more" if more else ""))

    @classmethod
    def of(cls, value: object, allowed: str, field: str = "") -> Invalid:
        """An error with a single problem."""
        return cls([Problem(field, value, allowed)])

    def under(self, parent: str) -> Iterator[Problem]:
        """The problems, seen from the object that holds ``parent``."""
        return (problem.under(parent) for problem in self.problems)


def _shown(value: object) -> str:
    if value is None:
        return "a missing value"
    try:
        return _cut(repr(value[:_MAX_LENGTH] if isinstance(value, str) else value))
    except (RecursionError, ValueError):
        return "a value too long or too deep to show"


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 3] + "..."
