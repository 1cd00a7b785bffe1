"""The node's services on this host: what systemd and /proc tell of them, and the commands that change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from . import image_roots, node_probes, node_units

_PROPERTIES = "Id,ActiveState,UnitFileState,NeedDaemonReload,MainPID"

Command = Callable[[Sequence[str]], str]


class Failed(Exception):
    """A service could not be brought up; the text says which, why, and where to look."""


class Host:
    """Systemd and the files of this host; ``command`` runs a command line and returns its output."""

    def __init__(self, command: Command, *, image: Path, unit_directory: Path, environment_file: Path) -> None:
        self._command = command
        self._image = image
        self._unit_directory = unit_directory
        self._environment_file = environment_file

    def wanted(self) -> dict[str, node_units.Wanted]:
        """The units as the current image and the settings of this host ask for."""
        try:
            environment = node_units.parse_environment(self._environment_file.read_text())
            files = {unit: self._unit_file(unit) for unit in node_units.UNITS}
        except OSError as error:
            raise Failed(f"{error.filename}: {error.strerror}; image and settings must be there first") from error
        root = image_roots.identity(self._image)
        return {unit: node_units.Wanted(file, root, environment) for unit, file in files.items()}

    def _unit_file(self, unit: str) -> str:
        file = (self._image / f"usr/lib/calico/units/{unit}.service").read_text()
        return node_units.pinned(file, str(self._image), str(self._image.resolve()))

    def running(self) -> dict[str, node_units.Running]:
        """The units as they are."""
        names = [f"{unit}.service" for unit in node_units.UNITS]
        shown = node_units.parse_show(self._command(["systemctl", "show", f"--property={_PROPERTIES}", *names]))
        return {unit: self._running(unit, shown.get(unit, {})) for unit in node_units.UNITS}

    def _running(self, unit: str, shown: Mapping[str, str]) -> node_units.Running:
        process = Path("/proc", shown.get("MainPID", "0"))
        return node_units.Running(
            file=_text(self._unit_path(unit)),
            active=shown.get("ActiveState") == "active",
            enabled=shown.get("UnitFileState") == "enabled",
            stale=shown.get("NeedDaemonReload") == "yes",
            root=image_roots.identity(process / "root"),
            environment=_process_environment(process),
        )

    def install(self, wanted: Mapping[str, node_units.Wanted], running: Mapping[str, node_units.Running]) -> None:
        """Write the unit files that differ and let systemd know them."""
        different = [unit for unit in wanted if running[unit].file != wanted[unit].file]
        for unit in different:
            _replace(self._unit_path(unit), wanted[unit].file)
        if different or any(unit.stale for unit in running.values()):
            self._command(["systemctl", "daemon-reload"])
        disabled = [f"{unit}.service" for unit in wanted if not running[unit].enabled]
        if disabled:
            self._command(["systemctl", "enable", *disabled])

    def restart(self, unit: str) -> None:
        self._command(["systemctl", "restart", f"{unit}.service"])

    def _unit_path(self, unit: str) -> Path:
        return self._unit_directory / f"{unit}.service"


PROBES: Mapping[str, node_probes.Probe] = {
    "calico-libnetwork": lambda: node_probes.driver("/run/docker/plugins/calico.sock"),
    "calico-agent": lambda: node_probes.agent("/run/calico/agent.sock"),
    "calico-bird": lambda: node_probes.bird("/run/calico/bird.ctl"),
}


def wait_ready(unit: str, seconds: float) -> None:
    """Wait until the unit answers; raises Failed with its last answer."""
    missing = node_probes.wait(PROBES[unit], seconds)
    if missing is not None:
        raise Failed(f"{unit} is not ready after {seconds:g} s: {missing}; on this host see `journalctl -u {unit}`")


def _process_environment(process: Path) -> dict[str, str]:
    try:
        entries = (process / "environ").read_text(errors="surrogateescape").split("\0")
    except OSError:
        return {}
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text)
    fresh.chmod(0o644)
    fresh.replace(path)
