#!/usr/bin/python
# Copyright the calico.docker authors
# Apache License 2.0, or GNU General Public License version 3 or later, which Ansible asks of modules: take either
# SPDX-License-Identifier: Apache-2.0 OR GPL-3.0-or-later
"""Ansible module calico.docker.node_image."""

from __future__ import annotations

DOCUMENTATION = r"""
module: node_image
short_description: Unpack the calico-node image on a host
description:
  - Makes the root file system of an image a directory named by the image's digest, and points the link C(current) at it.
    The systemd units of the node run from there, so that Docker's network does not depend on Docker.
  - The image that was current before stays, with the link C(previous), for a rollback.
    Older ones are removed, unless a service still runs from them.
  - Running services go on with what they run; restarting them is M(calico.docker.node_services)'s part.
author: The calico.docker authors (!UNKNOWN)
version_added: 0.1.0
extends_documentation_fragment:
  - calico.docker.host
requirements:
  - Python 3.10
  - The Docker SDK for Python and a Docker engine, where the image is not unpacked yet
attributes:
  diff_mode:
    support: full
    description: Shows the links and the directories before and after.
options:
  name:
    description:
      - Name and tag of the image; without a tag it is C(latest).
      - Taken from O(archive) if that is given, else from the Docker engine, else pulled from the image's registry.
    type: str
    required: true
  archive:
    description:
      - Archive written by C(docker save), plain or compressed.
      - It lies on the controller, or on the host with O(remote_src=true). It is sent only to a host that has not unpacked it.
    type: path
  remote_src:
    description: Whether O(archive) lies on the host.
    type: bool
    default: false
  digest:
    description:
      - Digest that the image must have, 64 hexadecimal digits.
      - Where it is unpacked already, neither O(archive) nor Docker is looked at.
    type: str
  root:
    description: Directory of the unpacked images, made for root alone.
    type: path
    default: /var/lib/calico/images
  state:
    description:
      - V(present) makes the image the current one.
      - V(absent) removes O(root) and all in it.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Use the image of a registry
  calico.docker.node_image:
    name: registry.example.com/calico-node:0.1.0

- name: Use an image built on the controller
  calico.docker.node_image:
    name: calico-node:0.1.0
    archive: build/calico-node.tar
"""

RETURN = r"""
digest:
  description: Digest of the current image.
  returned: when O(state=present), in check mode only if it is known without a pull
  type: str
  sample: 4f0c7cf3a1d0c2f7f3e1d2a0e2a9a86e6f3f6cbbd3f4f0f6f2a1cdb1a7d6b5c4
path:
  description: Directory of its root file system.
  returned: as RV(digest)
  type: str
  sample: /var/lib/calico/images/4f0c7cf3a1d0c2f7f3e1d2a0e2a9a86e6f3f6cbbd3f4f0f6f2a1cdb1a7d6b5c4
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import (
    docker_sdk,
    image_archive,
    image_engine,
    image_install,
    image_roots,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "archive": {"type": "path"},
            "remote_src": {"type": "bool", "default": False},
            "digest": {"type": "str"},
            "root": {"type": "path", "default": "/var/lib/calico/images"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    roots = image_roots.Roots(Path(module.params["root"]))
    if module.params["state"] == "absent":
        before = roots.read()
        found = roots.directory.is_dir()
        if found and not module.check_mode:
            roots.remove()
        module.exit_json(changed=found, diff={"before": before.shown(), "after": image_roots.State().shown()})

    def connect() -> image_engine.Engine:
        docker_sdk.require(module)
        return image_engine.connect()

    archive = module.params["archive"]
    name = image_install.tagged(module.params["name"])
    wanted = image_install.Wanted(name, Path(archive) if archive else None, module.params["digest"])
    try:
        outcome = (image_install.predict if module.check_mode else image_install.install)(roots, wanted, connect)
    except (image_archive.Unusable, docker_sdk.EngineError, image_install.NotInstalled) as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=outcome.changed,
        diff={"before": outcome.before.shown(), "after": outcome.after.shown()},
        digest=outcome.digest,
        path=str(roots.path(outcome.digest)) if outcome.digest else None,
    )


if __name__ == "__main__":
    main()
