"""The managed plugin by which Docker's swarm finds the driver: what it is made of, how it comes and goes. Private."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ansible_collections.calico.docker.plugins.module_utils.model import errors

NAME = "calico-swarm"
# As networks must name their driver: a managed plugin is known with its tag.
DRIVER = f"{NAME}:latest"
_DIGEST = (
    "CALICO_PLUGIN_DIGEST"  # among the plugin's variables: Docker keeps no other trace of what a plugin was made from
)


@dataclasses.dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin of the engine; ``digest`` tells from which files, and is empty for a stranger's."""

    digest: str
    enabled: bool


class Engine(Protocol):
    """What is asked of Docker; raises an error whose text names what failed."""

    def plugin(self, name: str) -> Mapping[str, Any] | None:
        """Docker's description of the plugin, or None."""

    def create_plugin(self, name: str, directory: Path) -> None: ...

    def enable_plugin(self, name: str) -> None: ...

    def remove_plugin(self, name: str) -> None:
        """Whether or not it is enabled and in use."""

    def networks_of(self, driver: str) -> Sequence[str]:
        """Names of the networks that have this driver, or addresses of it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """Whether something changed, or in check mode would; the plugin before and after."""

    changed: bool
    before: Plugin | None
    after: Plugin | None


def digest_of(directory: Path) -> str:
    """Of names, modes and contents below a directory. Raises Invalid if there is no plugin in it."""
    if not (directory / "config.json").is_file():
        allowed = "must hold a plugin (config.json, rootfs): unpack a calico-node image that brings it"
        raise errors.Invalid.of(str(directory), allowed, "directory")
    digest = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        header = f"{path.relative_to(directory)} {path.stat().st_mode:o} {len(content)}\n"
        digest.update(header.encode() + content)
    return digest.hexdigest()


def described(document: Mapping[str, Any]) -> Plugin:
    """What Docker's description of a plugin tells."""
    variables = document["Config"].get("Env") or ()
    digest = next((variable["Value"] for variable in variables if variable["Name"] == _DIGEST), "")
    return Plugin(str(digest), bool(document["Enabled"]))


def converge(engine: Engine, directory: Path | None, *, check_mode: bool) -> Outcome:
    """Make the plugin what is in ``directory``, or absent. Raises Invalid for a stranger's plugin of this name."""
    after = None if directory is None else Plugin(digest_of(directory), enabled=True)
    document = engine.plugin(NAME)
    before = None if document is None else described(document)
    if before is not None and not before.digest:
        raise errors.Invalid.of(NAME, "Docker has a plugin of this name that is not this collection's: remove it")
    # Docker's own count of users is not asked: networks that could not be made stay in it.
    if after is None and before is not None and (users := engine.networks_of(DRIVER)):
        raise errors.Invalid.of(NAME, f"networks have this driver: remove them first: {', '.join(users)}")
    if before != after and not check_mode:
        if directory is None or after is None:
            engine.remove_plugin(NAME)
        else:
            _make(engine, directory, before, after.digest)
    return Outcome(before != after, before, after)


def _make(engine: Engine, directory: Path, before: Plugin | None, digest: str) -> None:
    if before is not None and before.digest != digest:
        # Networks that use it do not notice: until Docker restarts, it follows the link that the old plugin has left,
        # and from then on that of the new one.
        engine.remove_plugin(NAME)
        before = None
    if before is None:
        with _marked(directory, digest) as copy:
            engine.create_plugin(NAME, copy)
    engine.enable_plugin(NAME)


@contextlib.contextmanager
def _marked(directory: Path, digest: str) -> Iterator[Path]:
    """A copy whose configuration tells the digest."""
    with tempfile.TemporaryDirectory(prefix=NAME) as temporary:
        copy = Path(temporary, "plugin")
        shutil.copytree(directory, copy, symlinks=True)
        config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
        config["env"] = [
            {"name": _DIGEST, "description": "digest of the plugin's files", "settable": None, "value": digest}
        ]
        (copy / "config.json").write_text(json.dumps(config), encoding="utf-8")
        yield copy
