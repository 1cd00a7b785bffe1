"""Module ``workload``: an endpoint of something that is no container. Private to this collection."""

from __future__ import annotations

import functools
import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import resource_module, store
from ansible_collections.calico.docker.plugins.module_utils.model import errors, kinds, schema, workload_endpoints
from ansible_collections.calico.docker.plugins.module_utils.reconcile import merges, workloads

_PREFIX = "cali"


def run(module: AnsibleModule, *, open_store: resource_module.Opener = store.open) -> None:
    """Make one workload's endpoint present or absent."""
    parameters = module.params
    with resource_module.failing(module):
        wanted = _endpoint(parameters)
        identity = kinds.KeyParts(workload_endpoints.WorkloadEndpoint, wanted.name, wanted.metadata.namespace)
        merge = functools.partial(_merged, keep_labels=parameters["labels"] is None)
        with open_store(resource_module.config(parameters)) as opened:
            outcome = workloads.converge(
                opened,
                identity,
                wanted if parameters["state"] == "present" else None,
                resource_module.new_marks(),
                now=time.time(),
                merge=merge,
                check_mode=module.check_mode,
            )
    diff = {"before": outcome.before or {}, "after": outcome.after or {}}
    module.exit_json(changed=outcome.changed, diff=diff, resource=outcome.after)


def _endpoint(parameters: resource_module.Parameters) -> workload_endpoints.WorkloadEndpoint:
    """The endpoint that the parameters describe; absent ones too have a name. Raises Invalid."""
    present = parameters["state"] == "present"
    given = {**parameters, "workload": parameters["name"]}
    spec = schema.renamed(workload_endpoints.WorkloadEndpointSpec, {**given, "ip_networks": _networks(parameters)})
    name = workload_endpoints.name_of(schema.decode(workload_endpoints.WorkloadEndpointSpec, spec, strict=True))
    forced = workload_endpoints.forced_labels(parameters["namespace"], parameters["orchestrator"])
    metadata = {
        "name": name,
        "namespace": parameters["namespace"],
        "labels": {**(parameters["labels"] or {}), **forced},
    }
    found = workload_endpoints.WorkloadEndpoint.decode({"metadata": metadata, "spec": spec}, strict=True)
    if present and not str(found.spec.interface_name).startswith(_PREFIX):
        raise errors.Invalid.of(
            found.spec.interface_name,
            f"must begin with {_PREFIX}: policy and routes are for such interfaces only",
            "spec.interfaceName",
        )
    return found


def _networks(parameters: resource_module.Parameters) -> list[Any]:
    return parameters["ip_networks"] or []


def _merged(wanted: Any, stored: Any, *, keep_labels: bool) -> Any:
    """Annotations stay, and labels too where none are given, but for those that every endpoint has."""
    labels = None if keep_labels else wanted.metadata.labels
    return merges.keep_metadata(wanted, stored, labels=labels)
