"""Whose an endpoint is: asked while the container joins, or made up for when the engine cannot say then.

At its start an engine brings back its containers before it answers at its socket. They join without a word about who
they are, and their traffic waits, as that of any endpoint without labels; as soon as the engine answers they are
adopted. So are containers that ran on while this process, the engine or the agent was away.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Protocol

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node.dataplane import veth
from calico_node.ipam import errors as ipam_errors
from calico_node.ipam import swap

from . import endpoints, engine
from .errors import Refused

_SHORTEST, _LONGEST = 0.1, 5.0  # seconds between two looks; the pause doubles
_HASTE = 1.0  # seconds in which a new engine has answered, if it is up
_log = logging.getLogger(__name__)


class Hasty(Protocol):
    """What is asked of the engine while it waits for us; see ``engine``."""

    def joining(self, network: str, endpoint: str) -> engine.Container: ...


class Patient(Protocol):
    """What is asked of the engine in the background, and may take long."""

    def containers(self) -> tuple[engine.Container, ...]: ...


class Links(Protocol):
    """What is asked of the kernel; see ``dataplane.veth``."""

    def links(self) -> tuple[veth.Link, ...]: ...


class Adoption:
    """Safe to share between threads; ``run`` belongs in one of its own."""

    def __init__(
        self, *, hasty: Hasty, patient: Patient, links: Links, known: endpoints.Endpoints, clock: swap.Clock = time
    ) -> None:
        self._hasty = hasty
        self._patient = patient
        self._links = links
        self._endpoints = known
        self._clock = clock
        self._due = threading.Event()
        self._answers = threading.Event()
        self._answers.set()
        self._asked = 0.0

    def connect(self, found: endpoints.Found) -> endpoints.Found | None:
        """The endpoint with its container and labels; None if that will be done as soon as the engine answers.

        Raises Refused, StoreError, Invalid, Busy.
        """
        spec, annotations = found.endpoint.spec, found.endpoint.metadata.annotations
        try:
            container = self._joining(annotations.get(endpoints.NETWORK_ID, ""), spec.endpoint)
        except Refused as error:
            _log.warning("endpoint %s carries nothing until it is known whose it is: %s", spec.endpoint, error)
            self.expect()
            return None
        return self._endpoints.connect(found, container)

    def expect(self) -> None:
        """The engine may just be starting: nobody waits for it longer than a moment; look in the background."""
        if self._answers.is_set():
            self._asked = self._clock.monotonic()
            self._answers.clear()
        self._due.set()

    def run(self) -> None:
        """Adopt whenever somebody waits for it, without end."""
        while True:
            self._due.wait()
            self._due.clear()
            pause = _SHORTEST
            while not self.adopt():
                self._clock.sleep(pause)
                pause = min(2 * pause, _LONGEST)

    def _joining(self, network: str, endpoint: str) -> engine.Container:
        if not self._answers.wait(max(0.0, self._asked + _HASTE - self._clock.monotonic())):
            raise Refused("the engine does not answer yet", 503)
        return self._hasty.joining(network, endpoint)

    def adopt(self) -> bool:
        """Complete what waits for it; False if something is left."""
        try:
            containers = self._patient.containers()
            self._answers.set()
            return self._adopt({identity: one for one in containers for identity in one.endpoints})
        except (Refused, store.StoreError, veth.LinkError, ipam_errors.IPAMError, Invalid) as error:
            _log.info("containers are not adopted now: %s", error)
        except Exception:  # noqa: BLE001 - the next look may succeed
            _log.exception("containers are not adopted now")
        return False

    def _adopt(self, owners: dict[str, engine.Container]) -> bool:
        present = {link.name for link in self._links.links()}
        waiting = [found for found in self._endpoints.unconnected() if found.interface in present]
        for found in waiting:
            if (container := owners.get(found.endpoint.spec.endpoint)) is not None:
                self._endpoints.connect(found, container)
                _log.info("endpoint %s is of container %s", found.endpoint.spec.endpoint, container.name)
        return all(found.endpoint.spec.endpoint in owners for found in waiting)
