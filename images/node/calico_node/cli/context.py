"""What a command works with, so that tests can give it something else than the machine."""

from __future__ import annotations

import argparse
import dataclasses
import pathlib
import time
from collections.abc import Callable, Mapping
from typing import TextIO

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import kinds, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.reconcile import decommissioning, life_signs
from calico_node.dataplane import tcp_passwords
from calico_node.ipam import swap

from . import settings

# Upstream's short names beside kinds and plurals
_ALIASES = {
    "bf": "BGPFilter",
    "bgpconfig": "BGPConfiguration",
    "bgpf": "BGPFilter",
    "clusterinfo": "ClusterInformation",
    "felixconfig": "FelixConfiguration",
    "gnetsets": "GlobalNetworkSet",
    "gnp": "GlobalNetworkPolicy",
    "gnps": "GlobalNetworkPolicy",
    "hep": "HostEndpoint",
    "heps": "HostEndpoint",
    "ipamconfig": "IPAMConfiguration",
    "ipamconfigs": "IPAMConfiguration",
    "netsets": "NetworkSet",
    "np": "NetworkPolicy",
    "pol": "NetworkPolicy",
    "policies": "NetworkPolicy",
    "policy": "NetworkPolicy",
    "reservation": "IPReservation",
    "reservations": "IPReservation",
    "sgnp": "StagedGlobalNetworkPolicy",
    "sgnps": "StagedGlobalNetworkPolicy",
    "snp": "StagedNetworkPolicy",
    "spol": "StagedNetworkPolicy",
    "wep": "WorkloadEndpoint",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The world outside: environment, terminal, sockets, datastore."""

    environ: Mapping[str, str]
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    open_store: Callable[[store.Config], store.Store] = store.open
    settings_file: pathlib.Path = settings.DEFAULT_FILE
    agent_socket: pathlib.Path = pathlib.Path("/run/calico/agent.sock")
    bird_socket: pathlib.Path = pathlib.Path("/run/calico/bird.ctl")
    tcp_counters: pathlib.Path = tcp_passwords.FILE
    engine_socket: pathlib.Path = pathlib.Path("/run/docker.sock")
    clock: swap.Clock = time
    answers: decommissioning.Probe = life_signs.answers

    def store(self, arguments: argparse.Namespace) -> store.Store:
        """The datastore that the settings name. Raises CommandError, Invalid, MissingLibrary."""
        return self.open_store(settings.config(self.environ, arguments.config, self.settings_file))

    def warn(self, text: str) -> None:
        self.stderr.write(f"{text}\n")


def kind(word: str) -> type[resources.Resource]:
    """The kind that a person names, as an argparse type."""
    try:
        return kinds.by_name(_ALIASES.get(word.lower(), word))
    except Invalid as error:
        raise argparse.ArgumentTypeError(str(error)) from None
