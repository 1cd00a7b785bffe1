"""``calicoctl version``: of this client and of the cluster."""

from __future__ import annotations

import argparse

from ansible_collections.calico.docker.plugins.module_utils.model import cluster_informations, resources
from calico_node import VERSION

from .context import Context
from .errors import CommandError


def run(arguments: argparse.Namespace, context: Context) -> None:
    """Print both; the client's also when the cluster's cannot be had. Raises CommandError, StoreError."""
    context.stdout.write(f"Client Version:    {VERSION}\nDatastore API:     {resources.API_VERSION}\n")
    with context.store(arguments) as opened:
        key = resources.key_of(cluster_informations.ClusterInformation, cluster_informations.DEFAULT)
        record = opened.get(key)
    if record is None:
        raise CommandError("the datastore has no ClusterInformation yet: run the role calico.docker.node")
    spec = cluster_informations.ClusterInformation.decode(record.document()).spec
    context.stdout.write(
        f"Cluster GUID:      {spec.cluster_guid or ''}\nCluster Type:      {spec.cluster_type or ''}\n"
    )
