"""bird.conf of whole stores; tests/netns starts the real BIRD with each of these files."""

import dataclasses
import pathlib
from typing import Any

import pytest

from calico_node.calc import bgp
from calico_node.render import bird
from tests.golden import stores


@pytest.mark.parametrize("case", stores.BIRD, ids=lambda case: case.name)
def test_golden(case: pathlib.Path, request: pytest.FixtureRequest) -> None:
    content = stores.read(case / "store.yaml")
    passwords = stores.passwords(content)
    configuration = bgp.configuration(stores.snapshot(content), content["host"], passwords)
    text = bird.render(configuration)
    if request.config.getoption("--update-golden"):
        (case / "bird.conf").write_text(text)
    assert text == (case / "bird.conf").read_text()
    assert not [password for password in passwords.known.values() if password in text]
    assert [*bird.secrets(configuration, passwords.known).values()] == content.get("used", [])


@pytest.mark.parametrize("case", stores.BIRD, ids=lambda case: case.name)
def test_the_order_of_the_store_does_not_matter(case: pathlib.Path) -> None:
    content = stores.read(case / "store.yaml")
    turned = {
        "resources": list(reversed(content["resources"])),
        "affinities": {node: blocks[::-1] for node, blocks in reversed(content.get("affinities", {}).items())},
    }
    host = content["host"]
    assert bgp.configuration(stores.snapshot(content), host) == bgp.configuration(stores.snapshot(turned), host)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"ignored_interfaces": ('eth0"; evil',)}, id="text that ends a string"),
        pytest.param({"ignored_interfaces": ("eth0\nevil",)}, id="text with a line's end"),
        pytest.param({"router_id": "1.1.1.1; evil"}, id="text that ends a statement"),
        pytest.param({"listen_port": None}, id="a missing value"),
    ],
)
def test_nothing_but_words_reaches_the_file(change: dict[str, Any]) -> None:
    content = stores.read(stores.BIRD[0] / "store.yaml")
    configuration = bgp.configuration(stores.snapshot(content), content["host"])
    with pytest.raises(ValueError, match="one word"):
        bird.render(dataclasses.replace(configuration, **change))
