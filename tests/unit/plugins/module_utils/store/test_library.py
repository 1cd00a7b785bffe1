"""Without etcd3 the store can be imported; opening it says what to install. With it, nothing leaks."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[5]
IMPORT = (
    "import sys; sys.path.insert(0, sys.argv[1]); import os; "
    "from ansible_collections.calico.docker.plugins.module_utils import store; "
)
CONFIG = "store.Config(endpoints=('http://127.0.0.1:1',), timeout=0.1)"


def python(*options: str, code: str) -> str:
    command = [sys.executable, *options, "-c", IMPORT + code, str(ROOT)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_without_the_library_the_package_to_install_is_named() -> None:
    # Isolated and without site-packages: only the standard library is there.
    code = f"""
try: store.open({CONFIG})
except store.MissingLibrary as error: print(error)
"""
    said = python("-I", "-S", code=code)
    assert said.startswith(f"the Python library etcd3 is missing for {sys.executable}")
    assert "python3-etcd3" in said
    assert len(said.splitlines()) == 1


def test_child_processes_do_not_inherit_the_choice_for_protobuf() -> None:
    code = f"store.open({CONFIG}).close(); print(os.environ.get('PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION'))"
    assert python("-W", "ignore", code=code).strip() == "None"


def test_importing_the_store_does_not_load_etcd3() -> None:
    assert python(code="print('etcd3' in sys.modules, 'grpc' in sys.modules)").strip() == "False False"
