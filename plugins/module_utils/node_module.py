"""The end of a host, as module ``node`` tells it. Private to this collection."""

from __future__ import annotations

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import resource_module, store
from ansible_collections.calico.docker.plugins.module_utils.reconcile import decommissioning, life_signs


def decommission(
    module: AnsibleModule,
    *,
    open_store: resource_module.Opener = store.open,
    answers: decommissioning.Probe = life_signs.answers,
) -> None:
    """Remove the node of the parameters with all that it holds."""
    parameters = module.params
    if parameters["state"] != "absent":
        module.fail_json(msg="gone: true: needs state: absent, a host that is gone has no Node")
    with resource_module.failing(module), open_store(resource_module.config(parameters)) as opened:
        released = decommissioning.decommission(
            opened,
            parameters["name"],
            time.time(),
            answers=None if parameters["force"] else answers,
            check_mode=module.check_mode,
        )
    held = {name: list(getattr(released, name)) for name in ("endpoints", "addresses", "blocks")}
    before = {"node": released.node.before, **held} if released.changed else {}
    module.exit_json(changed=released.changed, diff={"before": before, "after": {}}, resource=None, released=held)
