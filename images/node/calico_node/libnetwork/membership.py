"""What an endpoint is by its network: its profiles and labels, and what must stand in the store before it. Pure."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import internal_networks, profiles, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid

from . import networks, options
from .errors import Refused

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Membership:
    """``needs`` is made where it is absent; ``exact`` must say just this."""

    profiles: tuple[str, ...]
    labels: Mapping[str, str]
    needs: tuple[resources.Resource, ...]
    exact: tuple[resources.Resource, ...] = ()


def of(network: networks.Record, own: options.Options) -> Membership:
    """The membership of an endpoint for which ``own`` is said. Raises Refused."""
    common = options.of_network(options.known(network.options))
    listed = _profiles(network.name, (*common.profiles, *own.profiles))
    said = {**_labels(network), **common.labels, **own.labels}
    profile = _profile(network)
    if not network.internal:
        return Membership(listed, said, (profile,))
    said[internal_networks.LABEL] = network.name
    policy = internal_networks.policy(network.name)
    return Membership(listed, said, (internal_networks.tier(), profile), (policy,))


def _profiles(network: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """The network's own comes first, where its name is not among the others to say another place."""
    return tuple(dict.fromkeys(others if network in others else (network, *others)))


def _labels(network: networks.Record) -> Mapping[str, str]:
    """Those of Docker's labels of the network that are for its endpoints: the driver was not asked about them."""
    found: dict[str, str] = {}
    for key, value in network.labels.items():
        if key.startswith(options.LABEL):
            try:
                found |= options.of_network({key: value}).labels
            except Refused as error:
                _log.warning("network %s: a label is left out: %s", network.name, error)
    return found


def _profile(network: networks.Record) -> profiles.Profile:
    try:
        return profiles.for_network(network.name)
    except Invalid as error:
        raise Refused(
            f"network name {network.name!r} cannot name a Profile: use at most 63 lower case letters, digits, '-' and "
            f"'.', the first and last a letter or digit (in a compose file, set the network's name): {error}"
        ) from error
