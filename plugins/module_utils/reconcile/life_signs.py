"""Whether a machine is there, from here: asked without disturbing what may run on it."""

from __future__ import annotations

import socket

from ansible_collections.calico.docker.plugins.module_utils.model import fields

_SECONDS = 2.0
# Where seldom anything listens, and what does throws it away. Not BGP's: to a peer a new connection means that its
# neighbour was started anew, and the session breaks.
_DISCARD = 9


def answers(address: fields.Address) -> bool:
    """Whether the machine takes or refuses a connection; silence says nothing: a firewall may keep it."""
    try:
        socket.create_connection((str(address), _DISCARD), timeout=_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return True
