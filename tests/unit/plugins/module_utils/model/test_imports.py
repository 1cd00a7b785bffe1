"""The model is light: it imports only the standard library, and quickly enough for every module's start."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[5]
KINDS = "ansible_collections.calico.docker.plugins.module_utils.model.kinds"


def test_it_needs_the_standard_library_only() -> None:
    # Isolated and without site-packages.
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {KINDS}; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True, capture_output=True, text=True).stdout
    heavy = {"asyncio", "email", "http", "importlib.metadata", "logging", "socket", "subprocess", "urllib.request"}
    assert heavy & set(said.split()) == set()
