"""What an archive written by ``docker save`` holds, read without Docker."""

from __future__ import annotations

import json
import posixpath
import re
import tarfile
from pathlib import Path
from typing import Any

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Unusable(ValueError):
    """The archive is none, or does not hold the image asked for."""


def digest(archive: Path, name: str) -> str:
    """The digest of the image ``name`` in the archive."""
    try:
        # A stream, so that a compressed archive is read through once and not searched back and forth.
        with tarfile.open(archive, mode="r:*") as opened:
            return chosen(_manifest(opened), name)
    except (OSError, EOFError, tarfile.TarError, json.JSONDecodeError, Unusable) as error:
        raise Unusable(f"archive {archive}: {error}; write it with `docker save -o {archive.name} {name}`") from error


def chosen(manifest: Any, name: str) -> str:
    """The digest in the manifest of the image ``name``; raises Unusable and tells the names that are there."""
    images: list[dict[str, Any]] = manifest if isinstance(manifest, list) else []
    matching = [image for image in images if name in (image.get("RepoTags") or [])]
    if not matching:
        names = sorted(tag for image in images for tag in image.get("RepoTags") or [])
        raise Unusable(f"holds no image {name}, but {', '.join(names) or 'none with a name'}")
    # "blobs/sha256/<digest>" since Docker 25, "<digest>.json" before.
    config = posixpath.basename(str(matching[0].get("Config"))).removesuffix(".json")
    if not _DIGEST.fullmatch(config):
        raise Unusable(f"names no digest for {name}")
    return config


def _manifest(opened: tarfile.TarFile) -> Any:
    for member in opened:
        if member.name == "manifest.json":
            found = opened.extractfile(member)
            return json.load(found) if found else None
    raise Unusable("holds no manifest.json, so it was not written by docker save")
