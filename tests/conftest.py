"""Options of every kind of test."""

import os

import hypothesis
import pytest

# How long an example takes depends on what else the machine does; a read-only checkout has no place for a database.
hypothesis.settings.register_profile("untimed", deadline=None, database=None)
hypothesis.settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what the code yields into tests/golden; then read the diff"
    )
    parser.addoption("--sequences", type=int, default=2, help="each sequence of so many states is walked through")
    parser.addoption("--packets", type=int, default=20_000, help="how many real packets are compared with the verdict")
    parser.addoption("--peers", type=int, default=20, help="how many clients a route reflector gets")
    parser.addoption("--routes", type=int, default=200, help="how many routes from outside a host gets")
    parser.addoption("--seed", type=int, default=int.from_bytes(os.urandom(4)), help="what random tests start from")
