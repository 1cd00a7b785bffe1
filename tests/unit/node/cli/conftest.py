import pathlib

import pytest

from tests.unit.node.cli.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: pathlib.Path) -> Terminal:
    return Terminal(tmp_path)
