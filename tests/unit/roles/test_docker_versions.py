"""Engines that crash with a network driver that is not their own are refused by role docker."""

import pathlib
from typing import Any

import jinja2
import pytest
import yaml
from ansible.plugins.filter.core import regex_search

ROLE = pathlib.Path(__file__).parents[3] / "roles/docker"


def task() -> dict[str, Any]:
    tasks: list[dict[str, Any]] = yaml.safe_load((ROLE / "tasks/main.yml").read_text())
    return next(task for task in tasks if task["name"].startswith("Refuse an engine"))


def is_accepted(said: str) -> bool:
    """What the role's assertion makes of what ``dockerd --version`` says."""
    environment = jinja2.Environment()  # noqa: S701  # no HTML
    environment.filters["regex_search"] = regex_search
    variables = yaml.safe_load((ROLE / "defaults/main.yml").read_text()) | {"docker_found": {"stdout": said}}
    version = environment.from_string(task()["vars"]["docker_version"]).render(variables)
    accepts = environment.compile_expression(task()["ansible.builtin.assert"]["that"])
    return bool(accepts(variables, docker_version=version))


@pytest.mark.parametrize("version", ["29.0.0", "29.0.1", "29.0.2", "29.0.2+dfsg1"])
def test_engines_that_crash_are_refused(version: str) -> None:
    assert not is_accepted(f"Docker version {version}, build cd04e6a\npython3-docker installed")


@pytest.mark.parametrize("version", ["20.10.24+dfsg1", "26.1.5+dfsg1", "28.5.2+dfsg4", "29.0.3", "29.1.0"])
def test_others_are_taken(version: str) -> None:
    assert is_accepted(f"Docker version {version}, build cd04e6a\npython3-docker installed")


def test_the_reason_and_the_way_out_are_told() -> None:
    message = task()["ansible.builtin.assert"]["fail_msg"]
    for words in ("crashes with any network driver", "Install another version"):
        assert words in message
