"""Runs a module's main() as Ansible does, with what it would reach replaced by what is handed to it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import resource_module
from tests.fakes.module_args import patch_module_args
from tests.fakes.store import FakeStore

Answer = dict[str, Any]
RunModule = Callable[..., Answer]


@pytest.fixture
def fake() -> FakeStore:
    return FakeStore()


@pytest.fixture
def answer_of(capsys: pytest.CaptureFixture[str]) -> RunModule:
    """``answer_of(call, option=value)`` returns what a module answers when ``call`` calls its main()."""

    def run(call: Callable[[], None], **options: Any) -> Answer:
        check, diff = options.pop("check_mode", False), options.pop("diff", False)
        internal = {"_ansible_check_mode": check, "_ansible_diff": diff, "_ansible_remote_tmp": "/nowhere"}
        with patch_module_args({**options, **internal}), pytest.raises(SystemExit) as ended:
            call()
        said = capsys.readouterr()
        answer: Answer = json.loads(said.out)
        # Where other tests have loaded the controller's code, Ansible shows warnings itself instead of returning them.
        answer.setdefault("warnings", said.err.splitlines())
        assert bool(ended.value.code) == bool(answer.get("failed"))
        return answer

    return run


@pytest.fixture
def run_module(fake: FakeStore, answer_of: RunModule) -> RunModule:
    """``run_module(main, option=value)``, of a module of resources; ``how`` is the shared routine it uses."""

    def run(main: Callable[..., None], how: resource_module.Run = resource_module.run, **options: Any) -> Answer:
        opened = functools.partial(how, open_store=lambda _config: fake)
        given = {"etcd_endpoints": ["http://192.0.2.1:2379"], "diff": True, **options}
        return answer_of(lambda: main(opened), **given)

    return run
