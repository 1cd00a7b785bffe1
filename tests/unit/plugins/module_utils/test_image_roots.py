"""The directory of unpacked images and its two links."""

import pathlib

import pytest

from ansible_collections.calico.docker.plugins.module_utils import image_roots


@pytest.fixture
def roots(tmp_path: pathlib.Path) -> image_roots.Roots:
    return image_roots.Roots(tmp_path / "images", processes=tmp_path / "proc")


def run_from(roots: image_roots.Roots, digest: str, processes: pathlib.Path) -> pathlib.Path:
    """Let a process have the image as its root, and return what ends it by its removal."""
    root = processes / "42" / "root"
    root.parent.mkdir(parents=True)
    root.symlink_to(roots.path(digest))
    return root


def use(roots: image_roots.Roots, digest: str) -> image_roots.State:
    """Do what an installation of the digest does, and return what is there then."""
    with roots.locked():
        before = roots.read()
        if digest not in before.unpacked:
            roots.add(digest, lambda target: (target / "name").write_text(digest))
        roots.switch(before, before.switched(digest))
    return roots.read()


def test_a_directory_that_is_not_there_is_an_empty_one(roots: image_roots.Roots) -> None:
    assert roots.read() == image_roots.State()


def test_the_first_image_has_no_previous(roots: image_roots.Roots) -> None:
    assert use(roots, "a") == image_roots.State("a", None, frozenset("a"))
    assert (roots.directory / "current/name").read_text() == "a"


def test_an_upgrade_keeps_the_image_before_and_a_second_one_only_the_last(roots: image_roots.Roots) -> None:
    use(roots, "a")
    assert use(roots, "b") == image_roots.State("b", "a", frozenset("ab"))
    assert use(roots, "c") == image_roots.State("c", "b", frozenset("bc"))


def test_what_still_runs_stays_through_two_upgrades_that_failed(
    roots: image_roots.Roots, tmp_path: pathlib.Path
) -> None:
    use(roots, "a")
    process = run_from(roots, "a", tmp_path / "proc")
    use(roots, "b")
    there = use(roots, "c")
    assert there == image_roots.State("c", "b", frozenset("abc"))
    assert there.switched("c") == there
    process.unlink()
    assert use(roots, "c") == image_roots.State("c", "b", frozenset("bc"))


def test_a_rollback_is_the_previous_image_again(roots: image_roots.Roots) -> None:
    use(roots, "a")
    use(roots, "b")
    assert use(roots, "a") == image_roots.State("a", "b", frozenset("ab"))


def test_the_same_image_again_changes_nothing(roots: image_roots.Roots) -> None:
    use(roots, "a")
    there = use(roots, "b")
    assert there.switched("b") == there


def test_only_root_reaches_the_images(roots: image_roots.Roots) -> None:
    use(roots, "a")
    assert roots.directory.stat().st_mode & 0o777 == 0o700
    assert roots.path("a").stat().st_mode & 0o777 == 0o755


def test_a_failed_unpacking_leaves_nothing(roots: image_roots.Roots) -> None:
    def fail(target: pathlib.Path) -> None:
        (target / "half").write_text("")
        raise OSError("no space left")

    with roots.locked(), pytest.raises(OSError, match="no space left"):
        roots.add("a", fail)
    assert list(roots.directory.iterdir()) == []


def test_what_a_power_cut_left_is_removed_by_the_next_run(roots: image_roots.Roots) -> None:
    use(roots, "a")
    (roots.directory / ".new-xyz").mkdir()
    there = roots.read()
    assert there.switched("a") != there
    assert use(roots, "a") == image_roots.State("a", None, frozenset("a"))


def test_a_link_to_a_tree_that_somebody_removed_names_nothing(roots: image_roots.Roots) -> None:
    use(roots, "a")
    use(roots, "b")
    (roots.path("a") / "name").unlink()
    roots.path("a").rmdir()
    there = roots.read()
    assert there == image_roots.State("b", None, frozenset("b"))
    assert there.switched("b") == there
