"""The module that reads returns documents, and warns of what it cannot read."""

from ansible_collections.calico.docker.plugins.module_utils import resource_module
from ansible_collections.calico.docker.plugins.modules import profile, resource_info
from tests.fakes.store import FakeStore

from .conftest import RunModule


def test_it_lists_what_is_asked_for(fake: FakeStore, run_module: RunModule) -> None:
    for name in ("backend", "frontend"):
        run_module(profile.main, name=name, labels={"team": name})
    answer = run_module(
        resource_info.main, resource_module.run_search, kinds=["profiles"], label_selector="team == 'backend'"
    )
    assert not answer["changed"]
    (found,) = answer["resources"]
    assert (found["kind"], found["metadata"]["name"]) == ("Profile", "backend")
    assert found["metadata"]["resourceVersion"] == "2"
    assert fake.commits == 2


def test_it_warns_of_what_is_not_valid(fake: FakeStore, run_module: RunModule) -> None:
    fake.put("/calico/resources/v3/projectcalico.org/profiles/broken", b"{")
    answer = run_module(resource_info.main, resource_module.run_search)
    assert answer["resources"] == []
    assert "profiles/broken" in str(answer["warnings"])


def test_it_refuses_an_unknown_kind(run_module: RunModule) -> None:
    answer = run_module(resource_info.main, resource_module.run_search, kinds=["Pod"])
    assert "kinds: 'Pod' is refused" in answer["msg"]
