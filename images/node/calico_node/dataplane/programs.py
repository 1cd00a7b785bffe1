"""The image's command line programs, for what has no library: run one, get its answer or one error."""

from __future__ import annotations

import subprocess

from .errors import DataplaneError

_SECONDS = 20


def succeeds(*command: str) -> bool:
    """Whether a program that asks a question says yes."""
    return _run(command).returncode == 0


def run(*command: str) -> None:
    """Have a program do something. Raises DataplaneError with what it said."""
    output(*command)


def output(*command: str) -> str:
    """What a program prints. Raises DataplaneError with what it said if it fails."""
    done = _run(command)
    if done.returncode:
        raise DataplaneError(f"{' '.join(command)} failed: {done.stderr.strip() or done.returncode}")
    return done.stdout


def _run(command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - fixed programs with arguments of ours
            command, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DataplaneError(f"{' '.join(command)} cannot be run: {error}") from error
