"""From a name or an archive to the current image of a host."""

import contextlib
import io
import json
import pathlib
import tarfile
from collections.abc import Iterator

import pytest

from ansible_collections.calico.docker.plugins.module_utils import image_install, image_roots

NAME = "calico-node:0.1.0"
OLD, NEW = "0" * 64, "1" * 64


class Engine:
    """A Docker engine: ``images`` are local, ``registry`` can be pulled, ``archive`` is what load() brings."""

    def __init__(self, *, images: dict[str, str] | None = None, registry: dict[str, str] | None = None) -> None:
        self.images = images or {}
        self.registry = registry or {}
        self.archive = {NAME: NEW}
        self.member = "bin"

    def digest(self, name: str) -> str | None:
        return self.images.get(name)

    def pull(self, name: str) -> str:
        self.images[name] = self.registry[name]
        return self.images[name]

    def load(self, _archive: pathlib.Path) -> None:
        self.images.update(self.archive)

    def forget(self, name: str) -> None:
        del self.images[name]

    @contextlib.contextmanager
    def tree(self, name: str) -> Iterator[Iterator[bytes]]:
        written = io.BytesIO()
        with tarfile.open(fileobj=written, mode="w") as archive:
            content = self.images[name].encode()
            member = tarfile.TarInfo(self.member)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        yield iter([written.getvalue()])


@pytest.fixture
def roots(tmp_path: pathlib.Path) -> image_roots.Roots:
    return image_roots.Roots(tmp_path / "images")


@pytest.fixture
def archive(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "image.tar"
    manifest = json.dumps([{"Config": f"blobs/sha256/{NEW}", "RepoTags": [NAME]}]).encode()
    with tarfile.open(path, "w") as opened:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(manifest)
        opened.addfile(member, io.BytesIO(manifest))
    return path


def install(roots: image_roots.Roots, wanted: image_install.Wanted, engine: Engine) -> image_install.Outcome:
    return image_install.install(roots, wanted, lambda: engine)  # type: ignore[arg-type,return-value]


def no_engine() -> Engine:
    raise AssertionError("Docker was asked")


def test_a_local_image_is_unpacked_and_current(roots: image_roots.Roots) -> None:
    outcome = install(roots, image_install.Wanted(NAME), Engine(images={NAME: NEW}))
    assert (outcome.changed, outcome.digest) == (True, NEW)
    assert (roots.directory / "current/bin").read_text() == NEW


def test_a_missing_image_is_pulled(roots: image_roots.Roots) -> None:
    assert install(roots, image_install.Wanted(NAME), Engine(registry={NAME: NEW})).digest == NEW


def test_a_second_run_changes_nothing(roots: image_roots.Roots) -> None:
    engine = Engine(images={NAME: NEW})
    install(roots, image_install.Wanted(NAME), engine)
    assert not install(roots, image_install.Wanted(NAME), engine).changed


def test_an_archive_passes_through_docker_and_does_not_stay_there(
    roots: image_roots.Roots, archive: pathlib.Path
) -> None:
    engine = Engine()
    assert install(roots, image_install.Wanted(NAME, archive), engine).digest == NEW
    assert engine.images == {}


def test_an_image_that_docker_had_by_that_name_stays(roots: image_roots.Roots, archive: pathlib.Path) -> None:
    engine = Engine(images={NAME: OLD})
    assert install(roots, image_install.Wanted(NAME, archive), engine).digest == NEW
    assert engine.images == {NAME: NEW}


def test_an_unpacked_digest_needs_neither_docker_nor_archive(roots: image_roots.Roots) -> None:
    install(roots, image_install.Wanted(NAME), Engine(images={NAME: NEW}))
    wanted = image_install.Wanted(NAME, digest=NEW)
    assert not image_install.install(roots, wanted, no_engine).changed  # type: ignore[arg-type]


def test_another_digest_than_asked_for_is_refused_and_nothing_switched(roots: image_roots.Roots) -> None:
    with pytest.raises(image_install.NotInstalled, match=f"has the digest {OLD}, not {NEW} as asked for"):
        install(roots, image_install.Wanted(NAME, digest=NEW), Engine(images={NAME: OLD}))
    assert roots.read() == image_roots.State()


def test_a_hostile_image_is_refused_and_the_current_one_stays(roots: image_roots.Roots, archive: pathlib.Path) -> None:
    install(roots, image_install.Wanted(NAME), Engine(images={NAME: OLD}))
    before = roots.read()
    engine = Engine()
    engine.member = "../outside"
    with pytest.raises(image_install.NotInstalled, match="leads out of the archive"):
        install(roots, image_install.Wanted(NAME, archive), engine)
    assert roots.read() == before
    assert engine.images == {}


def test_a_check_tells_what_an_archive_would_change_and_touches_nothing(
    roots: image_roots.Roots, archive: pathlib.Path
) -> None:
    outcome = image_install.predict(roots, image_install.Wanted(NAME, archive), no_engine)  # type: ignore[arg-type]
    assert (outcome.changed, outcome.digest) == (True, NEW)
    assert not roots.directory.exists()


def test_a_check_does_not_pull(roots: image_roots.Roots) -> None:
    engine = Engine(registry={NAME: NEW})
    outcome = image_install.predict(roots, image_install.Wanted(NAME), lambda: engine)  # type: ignore[arg-type,return-value]
    assert (outcome.changed, outcome.digest, engine.images) == (True, None, {})


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("calico-node", "calico-node:latest"),
        ("calico-node:0.1.0", "calico-node:0.1.0"),
        ("registry:5000/calico-node", "registry:5000/calico-node:latest"),
        ("calico-node@sha256:00", "calico-node@sha256:00"),
    ],
)
def test_a_name_without_a_tag_is_the_latest(name: str, kept: str) -> None:
    assert image_install.tagged(name) == kept
