"""The labels of an endpoint: who its container is, and what the container says of itself. Pure.

Policy selects by them, so nothing is altered: what is no label is left out with a warning, never cut to a value that
another container may have. Nothing here fails, whatever a container is called and says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import names, profiles

PREFIX = "org.projectcalico.label."
CONTAINER, NETWORK = "calico.docker/container", profiles.NETWORK_LABEL
# What compose and swarm call groups of containers, under their own keys.
GROUPS = (
    "com.docker.compose.project",
    "com.docker.compose.service",
    "com.docker.stack.namespace",
    "com.docker.swarm.service.name",
)
MOST = 64  # labels that a container may give itself: every host reads the record of every endpoint
# Who an endpoint is, the driver says; the last two belong to Kubernetes' namespaces and service accounts.
RESERVED = ("calico.docker/", "projectcalico.org/", "pcns.", "pcsa.")


def of(
    *, container: str, network: str, said: Mapping[str, str], given: Mapping[str, str]
) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The labels, and a warning for each that is left out.

    ``said`` are all labels of the container of that name; ``given`` are those that its network gives, valid already.
    Names win over these, and these over what the container says: it cannot talk itself out of its network's label.
    """
    called = {CONTAINER: container, NETWORK: network, **{key: said[key] for key in GROUPS if key in said}}
    warnings = [problem for item in called.items() for problem in _problems(*item)]
    found = {**given, **{key: value for key, value in called.items() if not any(_problems(key, value))}}
    most = len(found) + MOST
    for name in sorted(name for name in said if name.startswith(PREFIX)):
        key, value = name.removeprefix(PREFIX), said[name]
        if problem := next(_objections(key, value, found, most), None):
            warnings.append(f"{PREFIX}… {problem}")
        else:
            found[key] = value
    return found, tuple(warnings)


def _objections(key: str, value: str, found: Mapping[str, str], most: int) -> Iterator[str]:
    """Why a container may not give itself a label."""
    yield from _problems(key, value)
    if key.startswith(RESERVED):
        yield f"{key}: is reserved: must not start with {', '.join(RESERVED)}"
    if found.get(key, value) != value:
        yield f"{key}: {value} is refused: the network or Docker says {found[key]}"
    if key not in found and len(found) >= most:
        yield f"{key}: is refused: a container may give itself {MOST} labels"


def _problems(key: str, value: str) -> Iterator[str]:
    return map(str, names.label_problems(key, value))
