"""The module that makes the datastore ready tells what it created."""

from ansible_collections.calico.docker.plugins.module_utils import resource_module
from ansible_collections.calico.docker.plugins.modules import bootstrap
from tests.fakes.store import FakeStore

from .conftest import RunModule

BGP = "BGPConfiguration/default"


def test_it_creates_once(fake: FakeStore, run_module: RunModule) -> None:
    checked = run_module(bootstrap.main, resource_module.run_bootstrap, check_mode=True)
    assert fake.documents() == {}
    first = run_module(bootstrap.main, resource_module.run_bootstrap)
    assert first["created"] == checked["created"]
    assert len(first["created"]) == 7
    second = run_module(bootstrap.main, resource_module.run_bootstrap)
    assert (second["changed"], second["created"]) == (False, [])


def test_it_changes_the_as_number_only(run_module: RunModule) -> None:
    run_module(bootstrap.main, resource_module.run_bootstrap)
    answer = run_module(bootstrap.main, resource_module.run_bootstrap, as_number="64600")
    assert (answer["changed"], answer["created"]) == (True, [])
    assert list(answer["diff"]["after"]) == [BGP]
    assert answer["diff"]["after"][BGP]["spec"] == {"asNumber": 64600}


def test_it_refuses_what_is_no_as_number(fake: FakeStore, run_module: RunModule) -> None:
    answer = run_module(bootstrap.main, resource_module.run_bootstrap, as_number=0)
    assert [problem["field"] for problem in answer["problems"]] == ["asNumber"]
    assert fake.documents() == {}
