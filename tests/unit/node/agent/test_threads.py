"""A dead thread is noticed: the process ends and says why."""

import os
import subprocess
import sys

AGENT = """
import logging, threading
from calico_node.agent import threads
logging.basicConfig()
threads.end_with_any()
threading.Thread(target=lambda: {}["mtu"], name="links", daemon=True).start()
threading.Event().wait(30)
"""


def test_the_process_ends_with_its_first_dead_thread() -> None:
    command = [sys.executable, "-c", AGENT]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "thread links died" in done.stderr
    assert "KeyError: 'mtu'" in done.stderr
