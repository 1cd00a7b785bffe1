"""The routers' configurations against golden files, one for each preset and platform."""

import pathlib

import pytest

from ansible_collections.calico.docker.plugins.plugin_utils.fabric import plans
from tests.golden import fabric_text
from tests.unit.plugins.plugin_utils.fabric import inventories

GOLDEN = pathlib.Path(__file__).parents[2] / "golden/fabric"
COMMON = {
    "calico_fabric_bfd": {"interval_ms": 300, "multiplier": 3},
    "calico_bgp_passwords": {"fabric": {"tor": "not-a-secret"}},
}
UPLINKS = [
    {"name": "spine", "address": "203.0.113.1", "as_number": 65000},
    {"name": "tor2", "address": "198.51.100.2", "as_number": 64512},
]
CASES = [(preset, platform) for preset in ("tor_ebgp", "tor_ibgp") for platform in inventories.PLATFORMS]


def rendered(preset: str, platform: str) -> str:
    first = {
        "calico_router_platform": platform,
        "calico_router_password": {"name": "fabric", "key": "tor"},
        "calico_router_uplinks": UPLINKS,
    }
    plan = plans.plan(inventories.racks(preset, COMMON, tor1=first), inventories.GROUPS)
    assert plan["problems"] == []
    return fabric_text.render(plan["routers"]["tor1"])


@pytest.mark.parametrize(("preset", "platform"), CASES)
def test_the_configuration_is_the_golden_one(preset: str, platform: str, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / f"{preset}-{platform}.txt"
    if request.config.getoption("--update-golden"):
        path.write_text(rendered(preset, platform))
    assert rendered(preset, platform) == path.read_text()


def test_no_golden_file_is_without_its_case() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {f"{preset}-{platform}.txt" for preset, platform in CASES}


@pytest.mark.parametrize("platform", inventories.PLATFORMS)
def test_without_extras_there_is_no_trace_of_them(platform: str) -> None:
    plan = plans.plan(inventories.racks("tor_ebgp", tor1={"calico_router_platform": platform}), inventories.GROUPS)
    text = fabric_text.render(plan["routers"]["tor1"]).lower()
    for word in ("bfd", "password", "authentication", "uplink", "none"):
        assert word not in text.replace("import none", "")
