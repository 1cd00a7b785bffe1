"""Playbooks and single modules, run on the lab as a user would."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from tests.lab import hosts


def play(playbook: str, *arguments: str, timeout: float = 900) -> hosts.Answer:
    """Run a playbook of the checkout on the lab."""
    return _ansible(["ansible-playbook", f"--inventory={hosts.INVENTORY}", playbook, *arguments], timeout)


def module(host: str, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run one module on a host; its result, also when it failed."""
    line = ["ansible", host, f"--inventory={hosts.INVENTORY}", "--one-line", "--module-name", name]
    answer = _ansible([*line, "--args", json.dumps(options)], 120)
    result: dict[str, Any] = json.loads(answer.text[answer.text.index("=> ") + 3 :].splitlines()[0])
    return result


def _ansible(line: list[str], timeout: float) -> hosts.Answer:
    root = hosts.INVENTORY.parents[1]
    # Molecule asks for colours, which would stand in the results.
    plain = {**os.environ, "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1"}
    result = subprocess.run(line, cwd=root, env=plain, capture_output=True, text=True, timeout=timeout, check=False)
    return hosts.Answer(result.returncode, result.stdout + result.stderr)
