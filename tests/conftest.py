"""Options of every kind of test."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what the code yields into tests/golden; then read the diff"
    )
