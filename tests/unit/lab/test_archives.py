"""The archive of the next release is an image of the same name, with one file more and another digest."""

import io
import json
import pathlib
import tarfile

import pytest

from ansible_collections.calico.docker.plugins.module_utils import image_archive
from tests.lab import archives

NAME = "calico-node:latest"
DIGEST = "ab" * 32


@pytest.fixture(params=[f"{DIGEST}.json", f"blobs/sha256/{DIGEST}"], ids=["until Docker 24", "from Docker 25 on"])
def released(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> pathlib.Path:
    """An archive as `docker save` writes it."""
    config = {"created": "2026-11-24T00:00:00Z", "rootfs": {"type": "layers", "diff_ids": ["sha256:0"]}, "history": []}
    manifest = [{"Config": request.param, "RepoTags": [NAME], "Layers": ["0/layer.tar"]}]
    documents = {request.param: config, "0/layer.tar": {}, "repositories": {}, "manifest.json": manifest}
    with tarfile.open(tmp_path / "released.tar", "w") as opened:
        for name, document in documents.items():
            data = json.dumps(document).encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            opened.addfile(member, io.BytesIO(data))
    return tmp_path / "released.tar"


def test_the_next_release_has_a_layer_more_under_the_same_name(released: pathlib.Path, tmp_path: pathlib.Path) -> None:
    target = tmp_path / "next.tar"
    archives.next_of(released, target)
    assert image_archive.digest(target, NAME) not in (image_archive.digest(released, NAME), None)
    with tarfile.open(target) as opened:
        (image,) = json.load(opened.extractfile("manifest.json"))  # type: ignore[arg-type]
        config = json.load(opened.extractfile(image["Config"]))  # type: ignore[arg-type]
        assert len(image["Layers"]) == len(config["rootfs"]["diff_ids"]) == 2
        with tarfile.open(fileobj=opened.extractfile(image["Layers"][-1])) as layer:
            assert layer.getnames() == [archives.MARK]
