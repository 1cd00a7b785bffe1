"""Reading an archive of docker save."""

import gzip
import io
import json
import pathlib
import tarfile
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import image_archive

DIGEST = "4f" * 32
NAME = "calico-node:0.1.0"


def manifest(config: str = f"blobs/sha256/{DIGEST}", tags: list[str] | None = None) -> list[dict[str, Any]]:
    return [{"Config": config, "RepoTags": [NAME] if tags is None else tags, "Layers": []}]


def write(path: pathlib.Path, content: bytes, name: str = "manifest.json") -> pathlib.Path:
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    "config", [pytest.param(f"blobs/sha256/{DIGEST}", id="since 25"), pytest.param(f"{DIGEST}.json", id="before 25")]
)
def test_the_digest_is_that_of_the_configuration(tmp_path: pathlib.Path, config: str) -> None:
    archive = write(tmp_path / "image.tar", json.dumps(manifest(config)).encode())
    assert image_archive.digest(archive, NAME) == DIGEST


def test_a_compressed_archive_is_read_too(tmp_path: pathlib.Path) -> None:
    plain = write(tmp_path / "image.tar", json.dumps(manifest()).encode())
    packed = tmp_path / "image.tar.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert image_archive.digest(packed, NAME) == DIGEST


def test_the_image_is_chosen_by_its_name() -> None:
    other = manifest(f"blobs/sha256/{'0' * 64}", ["other:1"])
    assert image_archive.chosen(other + manifest(), NAME) == DIGEST


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(json.dumps(manifest(tags=["calico:2"])), f"no image {NAME}, but calico:2", id="other name"),
        pytest.param(json.dumps(manifest(tags=[])), "but none with a name", id="no tag"),
        pytest.param(json.dumps(manifest("config.json")), "names no digest", id="no digest"),
        pytest.param("{", "Expecting", id="no JSON"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_the_way_out(tmp_path: pathlib.Path, content: str, problem: str) -> None:
    archive = write(tmp_path / "image.tar", content.encode())
    with pytest.raises(image_archive.Unusable, match=rf"{problem}.*write it with `docker save -o image.tar {NAME}`"):
        image_archive.digest(archive, NAME)


def test_another_tar_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(image_archive.Unusable, match=r"holds no manifest\.json"):
        image_archive.digest(write(tmp_path / "image.tar", b"", name="etc/passwd"), NAME)


def test_a_missing_archive_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(image_archive.Unusable, match="No such file"):
        image_archive.digest(tmp_path / "image.tar", NAME)
