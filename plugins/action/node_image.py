"""The controller's half of calico.docker.node_image: sends the archive, but only to a host that has not unpacked it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.calico.docker.plugins.module_utils import image_archive, image_install

_DEFAULT_ROOT = "/var/lib/calico/images"


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible is untyped
    """Replaces ``archive`` by its digest and, where needed, by the path of its copy on the host."""

    TRANSFERS_FILES = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Mapping[str, Any]:  # noqa: ARG002
        """Run the module; Ansible calls this."""
        args = dict(self._task.args)
        result: Mapping[str, Any]
        try:
            if args.get("archive") and not boolean(args.get("remote_src", False)):
                args = self._sent(args, task_vars or {})
            result = self._execute_module("calico.docker.node_image", module_args=args, task_vars=task_vars)
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)  # noqa: SLF001
        return result

    def _sent(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        source = self._find_needle("files", args["archive"])
        try:
            name = image_install.tagged(str(args.get("name")))
            digest = args.get("digest") or image_archive.digest(Path(source), name)
        except image_archive.Unusable as error:
            raise AnsibleActionFail(str(error)) from error
        tree = f"{args.get('root', _DEFAULT_ROOT)}/{digest}"
        needed = not self._execute_remote_stat(tree, all_vars=task_vars, follow=False)["exists"]
        return {
            **args,
            "digest": digest,
            "remote_src": True,
            "archive": self._copy(source) if needed and not self._task.check_mode else None,
        }

    def _copy(self, source: str) -> str:
        shell = self._connection._shell  # noqa: SLF001
        if shell.tmpdir is None:
            self._make_tmp_path()
        target: str = self._transfer_file(source, shell.join_path(shell.tmpdir, "image.tar"))
        self._fixup_perms2((shell.tmpdir, target))
        return target
