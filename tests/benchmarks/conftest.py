"""Each benchmark records figures; at the end all that are kept are shown. Nothing asserts how long anything took."""

from collections.abc import Callable, Iterable

import pytest

from tests.benchmarks import figures

Record = Callable[[str, str, Iterable[float]], None]


@pytest.fixture
def record() -> Record:
    """Keep the samples of a figure: name, unit, numbers."""

    def keep(name: str, unit: str, samples: Iterable[float]) -> None:
        figures.Figure(name, unit, tuple(samples)).keep()

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if kept := figures.kept():
        terminalreporter.section(f"figures ({figures.DIRECTORY})")
        terminalreporter.write_line(figures.table(kept))
