"""The built collection holds what users need and no more, and works where it is installed."""

import json
import pathlib
import re
from typing import Any

import pytest

from tests.artifact.conftest import MODULES, ROOT, Artifact

# To a file of the collection; NNNN stands for a number in the empty page of a decision.
LINK = re.compile(r"\]\((?!https?:)(?![^)]*NNNN)([^)#]+)")
ROLES = sorted(path.parent.name for path in (ROOT / "roles").glob("*/meta"))

# The image can be built from the installed collection too: .dockerignore belongs to images/node.
SHIPPED = {
    ".dockerignore",
    "CHANGELOG.rst",
    "CONTRIBUTING.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "docs",
    "examples",
    "images",
    "meta",
    "playbooks",
    "plugins",
    "roles",
}


def test_only_what_users_need_is_shipped(artifact: Artifact) -> None:
    assert {member.name.partition("/")[0] for member in artifact.members()} == SHIPPED


def test_the_documents_that_are_shipped_link_to_what_is_shipped(artifact: Artifact) -> None:
    installed = artifact.home / "ansible_collections/calico/docker"
    documents = [*installed.glob("*.md"), *(installed / "docs").rglob("*.md")]
    links = [(document, link) for document in documents for link in LINK.findall(document.read_text())]
    assert [(str(document), link) for document, link in links if not (document.parent / link).exists()] == []


def test_no_link_leads_to_a_directory(artifact: Artifact) -> None:
    # ansible-galaxy would pack what it finds behind such a link, and ansible-test refuses it.
    links = {member.name for member in artifact.members() if member.issym() and (ROOT / member.name).is_dir()}
    assert links == set()


def test_no_compiled_file_is_shipped(artifact: Artifact) -> None:
    assert [member.name for member in artifact.members() if "__pycache__" in member.name] == []


@pytest.mark.parametrize("module", MODULES)
def test_ansible_documents_every_module(artifact: Artifact, documented: dict[str, Any], module: str) -> None:
    found = documented[f"calico.docker.{module}"]
    assert pathlib.Path(found["doc"]["filename"]).is_relative_to(artifact.home)
    assert found["examples"]
    assert found["return"]


@pytest.mark.parametrize("role", ROLES)
def test_ansible_documents_every_role(artifact: Artifact, role: str) -> None:
    name = f"calico.docker.{role}"
    documented = json.loads(artifact.run("ansible-doc", "--type", "role", "--json", name))
    assert documented[name]["entry_points"]["main"]["short_description"]


def test_the_playbooks_are_reachable_by_name(artifact: Artifact) -> None:
    inventory = "host1,"
    for playbook in sorted((ROOT / "playbooks").glob("*.yml")):
        artifact.run("ansible-playbook", "--syntax-check", "--inventory", inventory, f"calico.docker.{playbook.stem}")
