"""Unpacking an untrusted root file system."""

import io
import pathlib
import tarfile
from collections.abc import Iterator

import pytest

from ansible_collections.calico.docker.plugins.module_utils import image_tree


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o755) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, link, mode
    return made


def folder(name: str) -> tarfile.TarInfo:
    return member(name, tarfile.DIRTYPE)


def symlink(name: str, target: str) -> tarfile.TarInfo:
    return member(name, tarfile.SYMTYPE, target)


def chunks(*members: tarfile.TarInfo, size: int = 700) -> Iterator[bytes]:
    """Return a tar stream in pieces that fall on no boundary; a file's content is its own name."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for item in members:
            content = item.name.encode() if item.isreg() else b""
            item.size = len(content)
            archive.addfile(item, io.BytesIO(content))
    data = written.getvalue()
    return (data[start : start + size] for start in range(0, len(data), size))


def test_a_root_file_system_is_written_as_it_is(tmp_path: pathlib.Path) -> None:
    tree = chunks(
        folder("usr/"),
        folder("usr/bin"),
        member("usr/bin/tool"),
        member("usr/bin/same", tarfile.LNKTYPE, "usr/bin/tool"),
        symlink("bin", "usr/bin"),
        folder("etc"),
        symlink("etc/mtab", "/proc/self/mounts"),
        member("etc/secret", mode=0o640),
    )
    image_tree.unpack(tree, tmp_path)
    assert (tmp_path / "bin/tool").read_text() == "usr/bin/tool"
    assert (tmp_path / "usr/bin/same").samefile(tmp_path / "usr/bin/tool")
    assert str((tmp_path / "etc/mtab").readlink()) == "/proc/self/mounts"
    assert (tmp_path / "etc/secret").stat().st_mode & 0o7777 == 0o640


def test_set_user_id_is_dropped_and_the_sticky_bit_kept(tmp_path: pathlib.Path) -> None:
    sticky = folder("tmp")
    sticky.mode = 0o1777
    image_tree.unpack(chunks(member("su", mode=0o6755), sticky), tmp_path)
    assert (tmp_path / "su").stat().st_mode & 0o7777 == 0o755
    assert (tmp_path / "tmp").stat().st_mode & 0o7777 == 0o1777


def test_device_nodes_are_left_out(tmp_path: pathlib.Path) -> None:
    image_tree.unpack(
        chunks(
            folder("dev"),
            member("dev/sda", tarfile.BLKTYPE),
            member("dev/null", tarfile.CHRTYPE),
            member("dev/initctl", tarfile.FIFOTYPE),
        ),
        tmp_path,
    )
    assert list((tmp_path / "dev").iterdir()) == []


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        pytest.param([member("/etc/passwd")], "leads out of the archive", id="an absolute path"),
        pytest.param([folder("a"), member("a/../../passwd")], "leads out of the archive", id="a path upwards"),
        pytest.param(
            [symlink("etc", "/etc"), member("etc/passwd")],
            "in no directory that the archive made",
            id="a path by a link",
        ),
        pytest.param(
            [folder("a"), symlink("a/up", ".."), member("a/up/x")],
            "in no directory that the archive made",
            id="a path by a relative link",
        ),
        pytest.param([member("a/b")], "in no directory that the archive made", id="a path whose directory is missing"),
        pytest.param(
            [member("shadow", tarfile.LNKTYPE, "/etc/shadow")], "leads out of the archive", id="a hard link to the host"
        ),
        pytest.param(
            [symlink("a", "/etc/shadow"), member("b", tarfile.LNKTYPE, "c")],
            "no file of the archive before it",
            id="a hard link to nothing",
        ),
        pytest.param([symlink("a", "/etc/passwd"), member("a")], "stands twice", id="a file in the place of a link"),
        pytest.param([folder("a"), symlink("a", "/etc")], "stands twice", id="a link in the place of a directory"),
    ],
)
def test_what_would_write_outside_is_refused(
    tmp_path: pathlib.Path, members: list[tarfile.TarInfo], problem: str
) -> None:
    target = tmp_path / "root"
    target.mkdir()
    with pytest.raises(image_tree.Refused, match=problem):
        image_tree.unpack(chunks(*members), target)
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


def test_a_stream_that_is_cut_off_is_refused(tmp_path: pathlib.Path) -> None:
    whole = b"".join(chunks(member("a"), member("b")))
    with pytest.raises(image_tree.Refused, match="cannot be read"):
        image_tree.unpack(iter([whole[: 3 * 512 + 100]]), tmp_path)
