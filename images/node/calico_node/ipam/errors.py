"""Why no address can be given; the text is for the person at the container engine.

IPAMError
├── NoPool          no enabled pool does what is asked
├── NotInPool       the address belongs to none of the pools in question
├── InUse           somebody holds the address
├── Overlapping     the address's block would overlap one of another size
├── Exhausted       every address that may be taken is
├── NotRegistered   this host has no Node resource
└── Busy            other hosts were faster, again and again, or a request of this host waits for etcd
"""

from __future__ import annotations


class IPAMError(Exception):
    """Base of all refusals of address management."""


class NoPool(IPAMError):
    """There is no such pool, or none for this host."""


class NotInPool(IPAMError):
    """An address from outside the pools in question."""


class InUse(IPAMError):
    """The address is taken."""


class Overlapping(IPAMError):
    """A block of another size stands where the address's block would."""


class Exhausted(IPAMError):
    """No free address is left that may be taken."""


class NotRegistered(IPAMError):
    """The host is not part of the cluster."""


class Busy(IPAMError):
    """Every attempt lost against other writers, or none was made for want of a turn; nothing was written."""
