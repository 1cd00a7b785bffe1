"""Images in a host's Docker engine, through the docker SDK."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from . import docker_sdk

with contextlib.suppress(ImportError):  # docker_sdk.require() tells
    import docker
    from docker import errors


class Engine:
    """One connection to the engine of this host."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client

    def digest(self, name: str) -> str | None:
        """The digest of a local image, or None."""
        with docker_sdk.asked(f"look for image {name}"):
            try:
                return _hex(str(self._client.images.get(name).id))
            except errors.ImageNotFound:
                return None

    def pull(self, name: str) -> str:
        """Fetch an image from its registry and return its digest; without a tag that would be every tag there is."""
        with docker_sdk.asked(f"pull image {name}"):
            return _hex(str(self._client.images.pull(name).id))

    def load(self, archive: Path) -> None:
        """Load an archive of docker save."""
        with docker_sdk.asked(f"load archive {archive}"), archive.open("rb") as opened:
            self._client.images.load(opened)

    def forget(self, name: str) -> None:
        """Remove a name and, if it is the last one, its image."""
        with docker_sdk.asked(f"remove image {name}"):
            self._client.images.remove(name)

    @contextlib.contextmanager
    def tree(self, name: str) -> Iterator[Iterator[bytes]]:
        """The image's root file system as a tar stream, by way of a container that never runs."""
        with docker_sdk.asked(f"export image {name}"):
            # The command is a stand-in: Docker refuses to create a container without one.
            container = self._client.containers.create(name, command=["calico-node"], network_mode="none")
            try:
                yield cast("Iterator[bytes]", container.export())  # the stubs say str
            finally:
                container.remove(force=True)


def connect() -> Engine:
    """The engine that DOCKER_HOST or the default socket leads to."""
    return Engine(docker_sdk.connect(timeout=300))


def _hex(identifier: str) -> str:
    return identifier.removeprefix("sha256:")
