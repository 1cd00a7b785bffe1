"""What the documents say exists: links, names of the collection, YAML that can be read."""

import pathlib
import re

import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
NAME = re.compile(r"(?<!ansible_collections\.)\bcalico\.docker\.([a-z_]+)")
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)

PARTS = ("playbooks/{}.yml", "plugins/modules/{}.py", "plugins/inventory/{}.py", "plugins/filter/{}.yml", "roles/{}")


def of_the_collection(name: str) -> bool:
    group = name == "calico"  # the action group
    return group or any((ROOT / part.format(name)).exists() for part in PARTS)


documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@documents
def test_every_link_leads_somewhere(document: pathlib.Path) -> None:
    links = [link for link in LINK.findall(document.read_text()) if "NNNN" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


@documents
def test_every_name_of_the_collection_exists(document: pathlib.Path) -> None:
    names = set(NAME.findall(document.read_text()))
    assert {name for name in names if not of_the_collection(name)} == set()


@documents
def test_every_block_of_yaml_can_be_read(document: pathlib.Path) -> None:
    for block in BLOCK.findall(document.read_text()):
        assert yaml.safe_load(block)


def test_the_inventory_of_one_host_is_the_example() -> None:
    shown = yaml.safe_load(BLOCK.findall((ROOT / "README.md").read_text())[0])["all"]
    example = yaml.safe_load((ROOT / "examples/inventories/one-host.yml").read_text())["all"]
    for inventory in (shown, example):
        assert inventory["vars"].pop("calico_node_image_archive").endswith("/build/images/calico-node.tar")
    assert shown == example
