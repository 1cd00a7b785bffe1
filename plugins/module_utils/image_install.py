"""Bring one image's root file system to a host and make it the current one; decides, the other image files do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from . import image_archive, image_engine, image_roots, image_tree


class NotInstalled(Exception):
    """The image cannot be had; nothing was switched."""


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """The image by its name; ``archive`` is where to load it from, ``digest`` what it must be (both optional)."""

    name: str
    archive: Path | None = None
    digest: str | None = None


def tagged(name: str) -> str:
    """The name as Docker keeps it: one without a tag has the tag ``latest``."""
    return name if ":" in name.rpartition("/")[2] or "@" in name else f"{name}:latest"


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """The states before and after; ``digest`` is unknown only in a check that would have to pull."""

    before: image_roots.State
    after: image_roots.State
    digest: str | None

    @property
    def changed(self) -> bool:
        return self.before != self.after


def predict(roots: image_roots.Roots, wanted: Wanted, connect: Callable[[], image_engine.Engine]) -> Outcome:
    """What install() would do."""
    before = roots.read()
    digest = _known_digest(before, wanted, connect)
    return Outcome(before, before.switched(digest or "(to be pulled)"), digest)


def install(roots: image_roots.Roots, wanted: Wanted, connect: Callable[[], image_engine.Engine]) -> Outcome:
    """Unpack the image unless it is there, and point ``current`` at it; raises NotInstalled."""
    with roots.locked():
        before = roots.read()
        digest = _known_digest(before, wanted, connect) or connect().pull(wanted.name)
        if wanted.digest not in (None, digest):
            raise NotInstalled(f"image {wanted.name} has the digest {digest}, not {wanted.digest} as asked for")
        if digest not in before.unpacked:
            _unpack(roots, digest, wanted, connect())
        after = before.switched(digest)
        roots.switch(before, after)
        return Outcome(before, after, digest)


def _known_digest(state: image_roots.State, wanted: Wanted, connect: Callable[[], image_engine.Engine]) -> str | None:
    """The digest, from the nearest place that knows it; None if only the registry does."""
    if wanted.digest in state.unpacked:
        return wanted.digest
    if wanted.archive:
        return image_archive.digest(wanted.archive, wanted.name)
    return connect().digest(wanted.name)


def _unpack(roots: image_roots.Roots, digest: str, wanted: Wanted, engine: image_engine.Engine) -> None:
    # What only passes through Docker on its way to the directory does not stay there a second time.
    passing = wanted.archive is not None and engine.digest(wanted.name) is None
    if wanted.archive:
        engine.load(wanted.archive)
    try:
        with engine.tree(wanted.name) as chunks:
            roots.add(digest, lambda target: image_tree.unpack(chunks, target))
    except (image_tree.Refused, OSError) as error:
        raise NotInstalled(f"image {wanted.name} cannot be unpacked below {roots.directory}: {error}") from error
    finally:
        if passing:
            engine.forget(wanted.name)
