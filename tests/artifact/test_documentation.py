"""What a module documents is what it accepts."""

import importlib
from typing import Any, NoReturn

import pytest
from ansible.module_utils import basic

from tests.artifact.conftest import MODULES

COMPARED = ("type", "elements", "required", "default", "choices")


class Captured(Exception):
    """Carries a module's argument specification out of its main()."""


def specification(module: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    def stop(_self: basic.AnsibleModule, argument_spec: dict[str, Any], **_: object) -> NoReturn:
        raise Captured(argument_spec)

    monkeypatch.setattr(basic.AnsibleModule, "__init__", stop)
    with pytest.raises(Captured) as stopped:
        importlib.import_module(f"ansible_collections.calico.docker.plugins.modules.{module}").main()
    found: dict[str, Any] = stopped.value.args[0]
    return found


def comparable(options: dict[str, Any]) -> dict[str, Any]:
    """Reduce options, documented or specified, to what a caller meets."""
    return {
        name: {
            **{key: option[key] for key in COMPARED if option.get(key) is not None and option[key] is not False},
            "type": option.get("type", "str"),
            "aliases": sorted(option.get("aliases") or ()),
            "suboptions": comparable(option.get("suboptions") or option.get("options") or {}),
        }
        for name, option in options.items()
    }


@pytest.mark.parametrize("module", MODULES)
def test_a_module_documents_the_options_that_it_accepts(
    documented: dict[str, Any], module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = documented[f"calico.docker.{module}"]["doc"]["options"]
    assert comparable(found) == comparable(specification(module, monkeypatch))
