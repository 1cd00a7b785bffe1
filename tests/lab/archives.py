"""The next release of an image, made from the archive that `docker save` wrote: one layer more, with one file."""

import hashlib
import io
import json
import pathlib
import posixpath
import tarfile
from typing import Any

MARK = "etc/next-release"
_MANIFEST = "manifest.json"
# Other indexes of the same, which speak of the image as it was.
_OLD = {"repositories", "index.json", "oci-layout"}


def next_of(archive: pathlib.Path, target: pathlib.Path) -> None:
    """Write the image with the file MARK to another archive, under the same name."""
    layer = _layer()
    digest = hashlib.sha256(layer).hexdigest()
    with tarfile.open(archive) as old, tarfile.open(target, "w") as new:
        (image,) = _document(old, _MANIFEST)
        config = _document(old, image["Config"])
        config["rootfs"]["diff_ids"].append(f"sha256:{digest}")
        config["history"].append({"created": config["created"], "comment": "the next release"})
        for member in old:
            if member.name not in {*_OLD, _MANIFEST, image["Config"]}:
                new.addfile(member, old.extractfile(member))
        encoded = json.dumps(config).encode()
        name = image["Config"].replace(_plain(image["Config"]), hashlib.sha256(encoded).hexdigest())
        changed = {**image, "Config": name, "Layers": [*image["Layers"], f"{digest}.tar"]}
        for path, data in ((name, encoded), (f"{digest}.tar", layer), (_MANIFEST, json.dumps([changed]).encode())):
            _add(new, path, data)


def _document(opened: tarfile.TarFile, name: str) -> Any:
    found = opened.extractfile(name)
    assert found is not None, name
    return json.load(found)


def _plain(path: str) -> str:
    """The digest in the name of a config, as `docker save` of any version writes it."""
    return posixpath.basename(path).removesuffix(".json")


def _layer() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as layer:
        _add(layer, MARK, b"next\n")
    return buffer.getvalue()


def _add(opened: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    opened.addfile(member, io.BytesIO(data))
