"""Why a call of the container engine is refused; the text is shown to the person who ran the command."""

from __future__ import annotations


class Refused(Exception):
    """A call that cannot be served as it stands; ``status`` is the HTTP status of the answer."""

    def __init__(self, text: str, status: int = 400) -> None:
        self.status = status
        super().__init__(text)


class Late(Refused):
    """The agent has not done its part in time; the same call may succeed a little later."""
