"""The page of Docker's cases names every test with a real engine, and no test that does not exist."""

import ast
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "docs/docker-cases.md"
ENGINES = "tests/engines/test_{}.py"
CELL = re.compile(r"`([\w./]+)::(\w+)`")


def rows() -> list[str]:
    """The rows of all tables, without heads and rules."""
    tables = re.findall(r"^\|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE.read_text(), re.MULTILINE)
    return [row for table in tables for row in table.splitlines()]


def named(row: str) -> set[tuple[str, str]]:
    """The tests in a row: path and name."""
    found = CELL.findall(row.rpartition(" | ")[2])
    return {(part, name) if part.endswith(".py") else (ENGINES.format(part), f"test_{name}") for part, name in found}


def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {function.name for function in functions if function.name.startswith("test_")}


@pytest.mark.parametrize("row", rows())
def test_each_case_has_its_test(row: str) -> None:
    assert named(row), "the last column names no test"
    for path, name in named(row):
        assert name in functions_of(path), f"{path} has no {name}"


@pytest.mark.parametrize("path", sorted((ROOT / "tests/engines").glob("test_*.py")), ids=lambda path: path.stem)
def test_each_test_has_its_case(path: pathlib.Path) -> None:
    relative = str(path.relative_to(ROOT))
    listed = {name for row in rows() for of, name in named(row) if of == relative}
    assert functions_of(relative) - listed == set(), f"not in {PAGE.relative_to(ROOT)}"
