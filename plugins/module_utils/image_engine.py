"""Images in a host's Docker engine, through the docker SDK."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import cast

MISSING: str | None = None  # why the SDK is not there
try:
    import docker
    import requests
    from docker import errors
except ImportError:
    MISSING = traceback.format_exc()


class EngineError(Exception):
    """Docker could not do it; the text says what was asked and what it answered."""


class Engine:
    """One connection to the engine of this host."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client

    def digest(self, name: str) -> str | None:
        """The digest of a local image, or None."""
        with _asked(f"look for image {name}"):
            try:
                return _hex(str(self._client.images.get(name).id))
            except errors.ImageNotFound:
                return None

    def pull(self, name: str) -> str:
        """Fetch an image from its registry and return its digest; without a tag that would be every tag there is."""
        with _asked(f"pull image {name}"):
            return _hex(str(self._client.images.pull(name).id))

    def load(self, archive: Path) -> None:
        """Load an archive of docker save."""
        with _asked(f"load archive {archive}"), archive.open("rb") as opened:
            self._client.images.load(opened)

    def forget(self, name: str) -> None:
        """Remove a name and, if it is the last one, its image."""
        with _asked(f"remove image {name}"):
            self._client.images.remove(name)

    @contextlib.contextmanager
    def tree(self, name: str) -> Iterator[Iterator[bytes]]:
        """The image's root file system as a tar stream, by way of a container that never runs."""
        with _asked(f"export image {name}"):
            # The command is a stand-in: Docker refuses to create a container without one.
            container = self._client.containers.create(name, command=["calico-node"], network_mode="none")
            try:
                yield cast("Iterator[bytes]", container.export())  # the stubs say str
            finally:
                container.remove(force=True)


def connect() -> Engine:
    """The engine that DOCKER_HOST or the default socket leads to."""
    with _asked("connect"):
        client = docker.from_env(timeout=300)
        client.ping()
        return Engine(client)


def _hex(identifier: str) -> str:
    return identifier.removeprefix("sha256:")


@contextlib.contextmanager
def _asked(what: str) -> Iterator[None]:
    try:
        yield
    except (errors.DockerException, requests.RequestException) as error:
        raise EngineError(f"Docker could not {what}: {error}") from error
