"""What people say of a network (``docker network create -o``) and of one endpoint on it (``driver-opt``). Pure.

Docker hands on every key that it does not know, so a word that nobody knows is refused here, with those that there are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import fields, names, pool_mtus
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid

from . import labels
from .errors import Refused

MTU = "com.docker.network.driver.mtu"  # Docker's own word, as its bridge driver has it
PROFILES = "org.projectcalico.profiles"
LABEL = labels.PREFIX
_GENERIC = "com.docker.network.generic"
_ENGINES_OWN = "com.docker.network."
_DRIVERS = "com.docker.network.driver."  # of those, what the engine leaves to the driver
# The engine has read these itself, and hands them on all the same.
_READ_BY_ENGINE = ("com.docker.network.enable_ipv4", "com.docker.network.enable_ipv6")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``profiles`` and ``labels`` are for endpoints, besides those that they have anyway."""

    profiles: tuple[str, ...] = ()
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    mtu: int | None = None


def of_creation(said: Mapping[str, Any]) -> Options:
    """What CreateNetwork says: the engine's own words, and among them what ``-o`` says. Raises Refused."""
    for key in said:
        if not key.startswith(_ENGINES_OWN):
            raise Refused(f"{key} is refused: no option of the engine, all of which begin with {_ENGINES_OWN}")
    given = said.get(_GENERIC) or {}
    if not isinstance(given, Mapping):
        raise Refused(f"{_GENERIC}: {given!r} is refused: must be an object")
    return of_network(given)


def of_network(given: Mapping[str, Any]) -> Options:
    """What ``-o`` says. Raises Refused."""
    return _read({key: value for key, value in given.items() if key not in _READ_BY_ENGINE}, "-o", (MTU, PROFILES))


def of_endpoint(given: Mapping[str, Any]) -> Options:
    """What ``driver-opt`` says, among what the engine itself says of an endpoint. Raises Refused."""
    ours = {key: value for key, value in given.items() if not _is_engines(key)}
    return _read(ours, "driver-opt", (PROFILES,))


def known(given: Mapping[str, str]) -> Mapping[str, str]:
    """What means something: a network that was made before its options were looked at keeps its containers."""
    return {key: value for key, value in given.items() if key in _READERS or key.startswith(LABEL)}


def _is_engines(key: str) -> bool:
    return key.startswith(_ENGINES_OWN) and not key.startswith(_DRIVERS)


def _read(given: Mapping[str, Any], word: str, allowed: tuple[str, ...]) -> Options:
    found: dict[str, Any] = {}
    own: dict[str, str] = {}
    for key, value in sorted(given.items()):
        if not isinstance(value, str):
            raise Refused(f"{word} {key}: {value!r} is refused: must be text")
        if key.startswith(LABEL):
            name = key.removeprefix(LABEL)
            own[name] = _label(name, value, word)
        elif key in allowed:
            field, reader = _READERS[key]
            found[field] = reader(value, f"{word} {key}={value}")
        else:
            raise Refused(f"{word} {key} is refused: known are {', '.join(sorted((*allowed, LABEL + '<name>')))}")
    return Options(labels=own, **found)


def _label(name: str, value: str, word: str) -> str:
    if name.startswith(labels.RESERVED):
        prefixes = ", ".join(labels.RESERVED)
        raise Refused(f"{word} {LABEL}{name} is refused: the driver alone gives labels that begin with {prefixes}")
    for problem in names.label_problems(name, value):
        raise Refused(f"{word} {LABEL}{name}={value}: {problem.value!r} is refused: {problem.allowed}")
    return value


def _mtu(value: str, shown: str) -> int:
    try:
        return pool_mtus.parse(value)
    except Invalid as error:
        raise Refused(f"{shown} is refused: {error.problems[0].allowed}") from error


def _profiles(value: str, shown: str) -> tuple[str, ...]:
    try:
        found = [fields.NAME.decode(name.strip(), True) for name in value.split(",")]
    except Invalid as error:
        raise Refused(f"{shown} is refused: must be names of Profiles with commas between them: {error}") from error
    return tuple(dict.fromkeys(found))


_READERS: Mapping[str, tuple[str, Callable[[str, str], Any]]] = {
    MTU: ("mtu", _mtu),
    PROFILES: ("profiles", _profiles),
}
