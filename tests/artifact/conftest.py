"""The collection as its users get it: built, installed and asked from a directory of its own."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tarfile
from typing import Any

import pytest

ROOT = pathlib.Path(__file__).parents[2]
BIN = pathlib.Path(sys.executable).parent
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))


@dataclasses.dataclass(frozen=True, slots=True)
class Artifact:
    """A built collection, and the place where it is installed."""

    tarball: pathlib.Path
    home: pathlib.Path

    def members(self) -> list[tarfile.TarInfo]:
        with tarfile.open(self.tarball) as archive:
            return archive.getmembers()

    def run(self, command: str, *arguments: str) -> str:
        """Run a tool of Ansible that sees this installed copy and not the checkout; return what it prints."""
        done = self._done(command, *arguments)
        assert done.returncode == 0, f"{command} {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def refused(self, command: str, *arguments: str) -> str:
        """Run a tool that must fail; return what it prints."""
        done = self._done(command, *arguments)
        assert done.returncode != 0, f"{command} {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def _done(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        settings = {
            "ANSIBLE_COLLECTIONS_PATH": str(self.home),
            "ANSIBLE_CONFIG": str(self.home / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.home / "ansible"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
        }
        return subprocess.run(
            [BIN / command, *arguments],
            cwd=self.home,
            env=os.environ | settings,
            capture_output=True,
            check=False,  # what the tool says tells more than its exit code
            text=True,
        )


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    home = tmp_path_factory.mktemp("installed")
    (home / "ansible.cfg").touch()
    builder = Artifact(tarball=home / "none", home=home)
    builder.run("ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(home))
    (tarball,) = home.glob("calico-docker-*.tar.gz")
    # Without the network: nothing is resolved, the tarball is all there is.
    builder.run("ansible-galaxy", "collection", "install", str(tarball), "--no-deps", "--collections-path", str(home))
    return Artifact(tarball=tarball, home=home)


@pytest.fixture(scope="session")
def documented(artifact: Artifact) -> dict[str, Any]:
    """What ansible-doc says of every module, by full name."""
    names = [f"calico.docker.{module}" for module in MODULES]
    found: dict[str, Any] = json.loads(artifact.run("ansible-doc", "--json", *names))
    return found
