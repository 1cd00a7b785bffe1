"""ansible-test has nothing to say of the modules: documentation, options and licenses are as Ansible wants them."""

import os
import pathlib
import subprocess
import sys

from .conftest import BIN, Artifact

# ansible-test would fetch pip from a server of its own; Python brings one along.
PIP = "import ensurepip\nensurepip.bootstrap()\n"


def test_validate_modules_without_exceptions(artifact: Artifact, tmp_path: pathlib.Path) -> None:
    installed = artifact.home / "ansible_collections/calico/docker"
    cache = tmp_path / ".ansible/test/cache"
    cache.mkdir(parents=True)
    (cache / "get_pip_24_2.py").write_text(PIP)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    done = subprocess.run(
        [BIN / "ansible-test", "sanity", "--test", "validate-modules", "--python", version, "--color", "no"],
        cwd=installed,
        env=os.environ | {"HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        check=False,  # what the tool says tells more than its exit code
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not list((installed / "tests").glob("sanity/ignore*")), "there are exceptions"
