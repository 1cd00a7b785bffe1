"""What the plugin makes of the hosts in the store: variables, groups, a cache, and one line where it cannot."""

from __future__ import annotations

import pathlib
from typing import Any, NoReturn

import pytest
from ansible import template
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader

from ansible_collections.calico.docker.plugins.inventory import nodes
from ansible_collections.calico.docker.plugins.module_utils import store
from tests.fakes import cluster
from tests.fakes.store import FakeStore

PATH = "/nowhere/nodes.calico.yml"
SECRET = "x-secret-x"
RACKS = {"rack1-host1": "rack1", "rack1-host2": "rack1", "rack2-host1": "rack2"}
DEFAULTS: dict[str, Any] = {
    "etcd_endpoints": ["http://192.0.2.1:2379"],
    "etcd_ca_cert": None,
    "etcd_cert": None,
    "etcd_key": None,
    "etcd_username": None,
    "etcd_password": None,
    "etcd_timeout": 5.0,
    "connect_by": "ipv4",
    "strict": True,
    "compose": {},
    "groups": {},
    "keyed_groups": [],
    "use_extra_vars": False,
    "leading_separator": True,
    "cache": False,
}


def written(text: str) -> str:
    """An expression of the file, which newer Ansible marks to tell it from others' texts."""
    marked: str = getattr(template, "trust_as_template", str)(text)
    return marked


class Warnings(list[str]):
    """In the place of Ansible's display."""

    warning = list.append


class Plugin(nodes.InventoryModule):
    """With options as Ansible reads them from the file, which tests/netns does."""

    def __init__(self, opener: Any, **options: Any) -> None:
        super().__init__(opener)
        self.given = DEFAULTS | options
        self.display = Warnings()
        self._cache: dict[str, Any] = {}

    def get_option(self, option: str) -> Any:
        return self.given[option]

    def get_cache_key(self, path: str) -> str:
        return path

    def _read_config_data(self, path: str) -> None:
        pass

    def hosts(self, *, cache: bool = True) -> InventoryData:
        inventory = InventoryData()
        self.parse(inventory, DataLoader(), PATH, cache)
        return inventory


@pytest.fixture
def fake() -> FakeStore:
    racks = RACKS.items()
    bgp = {"ipv4Address": "172.31.1.11/24", "ipv6Address": "fd31:0:0:1::11/64"}
    return FakeStore(dict(cluster.record("Node", name, {"bgp": bgp}, labels={"rack": rack}) for name, rack in racks))


def plugin(fake: FakeStore, **options: Any) -> Plugin:
    return Plugin(lambda _config: fake, **options)


def members(inventory: InventoryData, group: str) -> list[str]:
    return sorted(host.name for host in inventory.groups[group].hosts)


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [("calico.yml", True), ("lab.calico.yaml", True), ("nodes.yml", False), ("calico.json", False)],
)
def test_files_are_known_by_their_names(tmp_path: pathlib.Path, fake: FakeStore, name: str, is_ours: bool) -> None:
    (tmp_path / name).touch()
    assert plugin(fake).verify_file(str(tmp_path / name)) == is_ours


def test_a_file_that_is_not_there_is_not_ours(tmp_path: pathlib.Path, fake: FakeStore) -> None:
    plugin_ = plugin(fake)
    plugin_.display.vvv = lambda _text: None  # type: ignore[attr-defined]
    assert not plugin_.verify_file(str(tmp_path / "calico.yml"))


@pytest.mark.parametrize(
    ("connect_by", "address"), [("ipv4", "172.31.1.11"), ("ipv6", "fd31:0:0:1::11"), ("name", None)]
)
def test_a_host_is_reached_as_the_option_says(fake: FakeStore, connect_by: str, address: str | None) -> None:
    inventory = plugin(fake, connect_by=connect_by).hosts()
    assert sorted(inventory.hosts) == sorted(RACKS)
    variables = inventory.hosts["rack1-host1"].get_vars()
    assert variables.get("ansible_host") == address
    assert variables["calico_node_ipv4_address"] == "172.31.1.11/24"
    assert variables["calico_registered_labels"] == {"rack": "rack1"}


def test_groups_and_variables_are_made_of_what_is_registered(fake: FakeStore) -> None:
    inventory = plugin(
        fake,
        groups={"calico_node": written("true"), "first": written("calico_registered_labels.rack == 'rack1'")},
        keyed_groups=[{"prefix": "rack", "key": written("calico_registered_labels.rack")}],
        compose={"calico_rack": written("calico_registered_labels.rack | upper")},
    ).hosts()
    assert members(inventory, "calico_node") == sorted(RACKS)
    assert members(inventory, "first") == ["rack1-host1", "rack1-host2"]
    assert members(inventory, "rack_rack1") == ["rack1-host1", "rack1-host2"]
    assert members(inventory, "rack_rack2") == ["rack2-host1"]
    assert inventory.hosts["rack2-host1"].get_vars()["calico_rack"] == "RACK2"


def test_what_cannot_be_made_is_an_error_only_where_asked_for(fake: FakeStore) -> None:
    compose = {"calico_rack": written("no_such_variable")}
    with pytest.raises(AnsibleError, match="calico_rack"):
        plugin(fake, compose=compose).hosts()
    inventory = plugin(fake, compose=compose, strict=False).hosts()
    assert "calico_rack" not in inventory.hosts["rack1-host1"].get_vars()


def test_a_record_that_is_not_valid_is_warned_of(fake: FakeStore) -> None:
    fake.put(cluster.node_key("broken"), b"{")
    made = plugin(fake)
    assert "broken" not in made.hosts().hosts
    (warning,) = made.display
    assert warning.startswith(f"left out: {cluster.node_key('broken')}: ")


def test_a_text_is_never_taken_for_a_template(fake: FakeStore) -> None:
    # The model lets no braces through; so they are put where that has been.
    made = plugin(fake, cache=True, compose={"seen": written("calico_registered_labels.rack")})
    text = "{{ 7 * 7 }}"
    variables = {
        "calico_node_ipv4_address": "",
        "calico_node_ipv6_address": "",
        "calico_registered_labels": {"rack": text},
    }
    made._cache[PATH] = {"hosts": {"host1": variables}, "skipped": []}
    assert made.hosts().hosts["host1"].get_vars()["seen"] == text


class TestCache:
    def test_what_is_cached_is_not_asked_for_again(self, fake: FakeStore) -> None:
        fake.put(cluster.node_key("broken"), b"{")
        made = plugin(fake, cache=True)
        first = made.hosts()
        fake.fail(1)
        assert sorted(made.hosts().hosts) == sorted(first.hosts) == sorted(RACKS)
        assert len(made.display) == 2, "the warning comes each time"

    def test_it_is_renewed_when_ansible_says_so(self, fake: FakeStore) -> None:
        made = plugin(fake, cache=True)
        made.hosts()
        fake.delete(cluster.node_key("rack2-host1"))
        assert "rack2-host1" in made.hosts().hosts
        assert "rack2-host1" not in made.hosts(cache=False).hosts
        assert "rack2-host1" not in made.hosts().hosts

    def test_nothing_is_cached_without_the_option(self, fake: FakeStore) -> None:
        made = plugin(fake)
        made.hosts()
        assert made._cache == {}

    def test_it_holds_no_secret(self, fake: FakeStore) -> None:
        made = plugin(fake, cache=True, etcd_username="ansible", etcd_password=SECRET)
        made.hosts()
        assert SECRET not in str(made._cache)


class TestRefusals:
    def test_a_store_that_does_not_answer_is_one_line(self, fake: FakeStore) -> None:
        fake.fail(1)
        with pytest.raises(AnsibleParserError) as caught:
            plugin(fake).hosts()
        assert str(caught.value) == "etcd does not answer"

    def test_a_missing_library_is_one_line(self) -> None:
        def missing(_config: store.Config) -> NoReturn:
            raise store.MissingLibrary("for hosts") from ImportError("No module named 'etcd3'")

        with pytest.raises(AnsibleParserError, match=r"Ansible's own Python, .* \(No module named 'etcd3'\)"):
            Plugin(missing).hosts()

    def test_a_wrong_setting_is_named_and_no_secret_told(self, fake: FakeStore) -> None:
        with pytest.raises(AnsibleParserError, match="etcd_username: a missing value is refused") as caught:
            plugin(fake, etcd_password=SECRET).hosts()
        assert SECRET not in str(caught.value)


def test_an_empty_variable_is_none_and_a_path_is_one_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nowhere")
    with pytest.raises(AnsibleParserError, match=r"etcd_ca_cert: '/nowhere/ca\.pem' is refused: there is no such file"):
        plugin(FakeStore(), etcd_endpoints=["https://192.0.2.1:2379"], etcd_ca_cert="~/ca.pem", etcd_cert="").hosts()
    seen: list[store.Config] = []

    def opened(config: store.Config) -> store.Store:
        seen.append(config)
        return FakeStore()

    Plugin(opened, etcd_ca_cert="", etcd_cert="", etcd_key="", etcd_username="", etcd_password="").hosts()
    assert seen == [store.Config(endpoints=("http://192.0.2.1:2379",))]
