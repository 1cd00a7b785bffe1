"""What holds for the repository as a whole and no single part can see."""

import ast
import importlib
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

ROOT = pathlib.Path(__file__).parents[2]
MODULES = sorted(path for path in (ROOT / "plugins/modules").glob("*.py") if path.stem != "__init__")
ROLES = sorted(path.parent for path in (ROOT / "roles").glob("*/meta"))

# Mirrors are configured on each machine; a host name in a tracked file would go past them.
REGISTRY = re.compile(
    r"(pypi|pythonhosted|npmjs|crates)\.(org|com|io)|\b(deb|security|ftp)\.debian\.org|galaxy\.ansible\.com"
)


def tracked(*patterns: str) -> list[pathlib.Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, check=True, capture_output=True, text=True)
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def assigned(path: pathlib.Path, name: str) -> str:
    """Return the string that the file assigns to the name, without running the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            return str(ast.literal_eval(node.value))
    raise AssertionError(f"{path}: assigns no {name}")


def documented(path: pathlib.Path, part: str) -> dict[str, Any]:
    """Return the options or the attributes that a module documents, those of its fragments included."""
    documentation = yaml.safe_load(assigned(path, "DOCUMENTATION"))
    found = {}
    for fragment in documentation.get("extends_documentation_fragment", []):
        _, _, name = fragment.removeprefix("calico.docker.").partition(".")
        file = ROOT / "plugins/doc_fragments" / f"{fragment.removeprefix('calico.docker.').split('.')[0]}.py"
        found.update(yaml.safe_load(assigned(file, (name or "documentation").upper())).get(part, {}))
    return found | documentation.get(part, {})


def test_the_action_group_lists_the_modules_that_take_the_datastores_options() -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())
    taking = [path.stem for path in MODULES if "etcd_endpoints" in documented(path, "options")]
    assert runtime["action_groups"]["calico"] == taking


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_states_how_it_behaves_in_check_mode_and_diff(path: pathlib.Path) -> None:
    attributes = documented(path, "attributes")
    for name in ("check_mode", "diff_mode", "idempotent"):
        assert attributes.get(name, {}).get("support") in {"full", "partial", "none", "N/A"}, name


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_roles_defaults_are_those_of_its_argument_specs(role: pathlib.Path) -> None:
    defaults = yaml.safe_load((role / "defaults/main.yml").read_text()) or {}
    options = {}
    for entry in yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"].values():
        options.update(entry.get("options", {}))
    assert defaults == {name: option["default"] for name, option in options.items() if "default" in option}


def test_every_package_of_the_image_has_its_place_in_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    placed = {name.strip() for layer in layers for name in layer.split("|")}
    package = ROOT / "images/node/calico_node"
    there = {f"calico_node.{path.stem}" for path in package.iterdir() if path.stem not in {"__init__", "__pycache__"}}
    assert there == {name for name in placed if name.startswith("calico_node.")}


def test_every_requirement_is_pinned() -> None:
    wanted = {line for line in (ROOT / "requirements.in").read_text().splitlines() if line and line[0] != "#"}
    pinned = {line.partition("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines()}
    assert {name.lower() for name in wanted} <= pinned


def hosts() -> Iterator[str]:
    for path in tracked():
        for match in REGISTRY.finditer(path.read_text(errors="replace")):
            yield f"{path.relative_to(ROOT)}: {match.group()}"


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert list(hosts()) == []


def test_no_python_file_is_too_long_to_read() -> None:
    sizes = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in tracked("*.py")}
    assert {path: size for path, size in sizes.items() if size > 400} == {}
