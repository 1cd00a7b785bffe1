"""What the product takes of a host: the image on disk, the services in memory."""

from __future__ import annotations

import pytest

from tests.benchmarks.conftest import Record
from tests.lab import hosts

SERVICES = ("calico-agent", "calico-libnetwork", "calico-bird")
MEGABYTE = 1e6


def test_image_size(record: Record) -> None:
    size = hosts.must(hosts.HOSTS[0], "du --summarize --bytes --one-file-system /var/lib/calico/images/current/")
    record("image calico-node, unpacked", "MB", [int(size.split()[0]) / MEGABYTE])


@pytest.mark.parametrize("service", SERVICES)
def test_resident_memory(service: str, record: Record) -> None:
    asked = f"awk '/^VmRSS/ {{print $2}}' /proc/$(systemctl show --value --property MainPID {service})/status"
    record(
        f"{service}, resident memory", "MB", [int(hosts.must(host, asked)) * 1024 / MEGABYTE for host in hosts.HOSTS]
    )
