"""In force or on rehearsal: which kind a module of policies means. Private to this collection."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils.model import policies


def kind(
    module: AnsibleModule, in_force: type[policies.Policy], *, staged: type[policies.Policy]
) -> type[policies.Policy]:
    """The kind by option ``staged``; ends the module if there is an action without anything to rehearse."""
    if module.params["staged"]:
        return staged
    if action := module.params["staged_action"]:
        # Left out silently, a rehearsed deletion would be a policy in force.
        module.fail_json(msg=f"staged_action: {action}: needs staged: true, policies in force have no such field")
    return in_force
