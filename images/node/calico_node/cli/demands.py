"""What commands demand of what is stored before they change it, refused in upstream's words."""

from __future__ import annotations

import datetime as dt
import uuid

from ansible_collections.calico.docker.plugins.module_utils import reconcile
from ansible_collections.calico.docker.plugins.module_utils.model import cluster_informations, kinds, resources

from .errors import CommandError


class Exists(CommandError):
    """There is such a resource already."""


class Missing(CommandError):
    """There is no such resource."""


def title(identity: kinds.KeyParts) -> str:
    """A resource as upstream names it: ``IPPool(v4)``, ``NetworkSet(shop/near)``."""
    place = f"{identity.namespace}/" if identity.namespace else ""
    return f"{identity.kind.KIND}({place}{identity.name})"


def writable(kind: type[resources.Resource]) -> None:
    """Raises CommandError for the kind that is no person's to write."""
    if kind is cluster_informations.ClusterInformation:
        raise CommandError("ClusterInformation is read-only")


def absent(identity: kinds.KeyParts, stored: reconcile.Stored) -> None:
    """Raises Exists, also for a record that is not valid."""
    if stored.revision:
        raise Exists(f"resource already exists: {title(identity)}; use apply to change it")


def present(identity: kinds.KeyParts, stored: reconcile.Stored) -> None:
    """Raises Missing."""
    if not stored.revision:
        raise Missing(f"resource does not exist: {title(identity)}")


def current(identity: kinds.KeyParts, stored: reconcile.Stored, version: str | None) -> None:
    """Raises CommandError if the stored resource is a later one than the ``resourceVersion`` that was stated."""
    if version is not None and stored.revision and version != str(stored.revision):
        raise CommandError(
            f"update conflict: {title(identity)}: resourceVersion {version} is out of date, the latest is "
            f"{stored.revision}: get it again and make the change there, or leave resourceVersion out to overwrite it"
        )


def new_marks() -> reconcile.Marks:
    """The marks of a record that is made now."""
    return reconcile.Marks(str(uuid.uuid4()), dt.datetime.now(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
