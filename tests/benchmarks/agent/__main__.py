"""Inside the test image: every scenario, round by round, each revision in turn. Writes all samples as JSON.

python3 -m tests.benchmarks.agent RESULT ROUNDS SCENARIOS REVISION=CHECKOUT...

SCENARIOS: names with commas, or `all`.
"""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from tests.benchmarks.agent import scenarios
from tests.benchmarks.agent.bench import Samples

_LIBRARY = "ansible_collections/calico/docker/plugins/module_utils"
_MODULES = (*(f"{_LIBRARY}/{name}" for name in ("model", "store", "reconcile")), "calico_node")


def main(result: pathlib.Path, rounds: int, wanted: list[str], checkouts: dict[str, pathlib.Path]) -> None:
    """The order of the revisions changes from round to round: the machine's mood must favour none of them."""
    found: dict[str, Samples] = {revision: {} for revision in checkouts}
    with tempfile.TemporaryDirectory() as name:
        codes = {revision: installed(root, pathlib.Path(name, revision)) for revision, root in checkouts.items()}
        for number in range(rounds):
            for scenario in wanted:
                for revision in list(codes)[:: -1 if number % 2 else 1]:
                    sys.stderr.write(f"round {number + 1} of {rounds}: {scenario}, {revision}\n")
                    add(found[revision], run(scenario, codes[revision]))
                    result.write_text(json.dumps(found))


def installed(checkout: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    """A checkout's code where and as the image has it: compiled, so that no start has to."""
    for name in _MODULES:
        source = checkout / ("images/node" if name == "calico_node" else ".") / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    compiler = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(target)]
    subprocess.run(compiler, check=True)
    return target


def run(scenario: str, code: pathlib.Path) -> Samples:
    """In a network namespace of its own, which takes everything with it."""
    command = ["unshare", "--net", sys.executable, "-m", "tests.benchmarks.agent.scenarios", scenario, str(code)]
    samples: Samples = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return samples


def add(kept: Samples, more: Samples) -> None:
    for figure, units in more.items():
        for unit, samples in units.items():
            kept.setdefault(figure, {}).setdefault(unit, []).extend(samples)


if __name__ == "__main__":
    _name, result, rounds, names, *revisions = sys.argv
    pairs = (revision.partition("=") for revision in revisions)
    wanted = list(scenarios.SCENARIOS) if names == "all" else names.split(",")
    main(pathlib.Path(result), int(rounds), wanted, {name: pathlib.Path(root) for name, _, root in pairs})
