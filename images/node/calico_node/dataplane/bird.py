"""BIRD's configuration files: checked, put in place, taken over by the running BIRD.

BIRD owns its files in /var/lib/calico/bird and the kernel's routes of protocol ``bird``; after a restart it finds both.
A text that BIRD refuses never gets to the file, so the next start always has one that works.
"""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
from collections.abc import Mapping
from types import MappingProxyType

from . import bird_control, bird_secrets
from .errors import DataplaneError

_CHECK_SECONDS = 10


class Refused(DataplaneError):
    """BIRD does not take the configuration; the former one stays in force and in the file."""


@dataclasses.dataclass(frozen=True, slots=True)
class Paths:
    """Where BIRD's things are; the defaults are the image's."""

    config: pathlib.Path = pathlib.Path("/var/lib/calico/bird/bird.conf")
    control: pathlib.Path = pathlib.Path("/run/calico/bird.ctl")
    program: pathlib.Path = pathlib.Path("/usr/sbin/bird")


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """``written``: the file changed. ``running``: a running BIRD works by it; else BIRD's start will find it."""

    written: bool
    running: bool


class BirdDriver:
    """Keeps BIRD at a text; for one thread."""

    def __init__(self, paths: Paths = Paths()) -> None:
        self._paths = paths
        self._secrets = bird_secrets.Secrets(paths.config.with_name("secrets.conf"))
        self._control = bird_control.Control(paths.control)
        # What the running BIRD is known to have read. Unknown at our start: we may have died between file and BIRD.
        self._running: str | None = None

    def apply(self, text: str, secrets: Mapping[str, str] = MappingProxyType({})) -> Outcome:
        """Make BIRD work by ``text`` and the passwords that it names. Raises DataplaneError.

        Files that are in force already cost a look at them.
        """
        known = self._secrets.read()
        written = self._read() != text or known != secrets
        if written:
            self._running = None
            self._replace(text, known, secrets)
        if self._running != text and self._ask("configure"):
            self._running = text
        return Outcome(written=written, running=self._running == text)

    def _read(self) -> str | None:
        """The file's text; None if there is none, or nothing that we wrote."""
        try:
            return self._paths.config.read_text()
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        except OSError as error:
            raise DataplaneError(f"cannot read {self._paths.config}: {error}") from error

    def _replace(self, text: str, known: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        """What is refused leaves both files as they were."""
        if known != secrets:
            self._secrets.write({**known, **secrets})
        new = bird_secrets.prepare(self._paths.config, text)
        try:
            self._check(new)
        except DataplaneError:
            if known != secrets:
                self._secrets.write(known)
            raise
        bird_secrets.replace(self._paths.config, text)
        if known.keys() - secrets.keys():
            self._secrets.write(secrets)

    def _check(self, path: pathlib.Path) -> None:
        """Ask the running BIRD, which knows more than its parser alone; without one, the parser."""
        try:
            checked = self._ask(f'configure check "{path}"')
        except bird_control.ControlError as error:
            raise Refused(str(error)) from error
        if not checked:
            _parse(self._paths.program, path)

    def _ask(self, command: str) -> bool:
        """Whether there was a BIRD to obey the command."""
        try:
            self._control.ask(command)
        except bird_control.NotRunning:
            return False
        return True


def _parse(program: pathlib.Path, path: pathlib.Path) -> None:
    command = [str(program), "-p", "-c", str(path)]
    try:
        subprocess.run(  # noqa: S603 - both paths are ours
            command, check=True, capture_output=True, text=True, timeout=_CHECK_SECONDS
        )
    except subprocess.CalledProcessError as error:
        raise Refused(f"BIRD refuses the configuration: {error.stderr.strip()}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refused(f"the configuration cannot be checked: {error}") from error
