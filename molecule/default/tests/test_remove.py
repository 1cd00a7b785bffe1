"""One host leaves the fleet: nothing of ours stays on it, everything else does, and the others do not notice."""

from collections.abc import Iterator

import pytest

from tests.lab import facts, hosts, playbooks

HOST = "rack2-host2"  # of db2; no member of the datastore
REMOVE = ("playbooks/remove.yml", f"--limit={HOST}")
FOREIGN = (
    "nft add table inet somebody && nft add chain inet somebody input '{ type filter hook input priority 0; }' && "
    "ip route add blackhole 198.51.100.0/24 proto static && "
    "docker run --detach --name neighbour probe sleep 600"
)
STATE = (
    "nft list table inet somebody && ip route show 198.51.100.0/24 && "
    "docker inspect --format '{{.State.Running}}' neighbour"
)
OURS = """
ls -d /etc/calico /var/lib/calico /run/calico /run/docker/plugins/calico.sock /usr/local/bin/calicoctl 2>/dev/null
ls /etc/systemd/system/calico-* /etc/sysctl.d/90-calico.conf 2>/dev/null
systemctl list-units --all --no-legend 'calico-*'
nft list tables | grep calico
iptables-save | grep -i -e cali -e 0x10000
for protocol in 80 81 bird; do
    ip route show table all proto "$protocol"
    ip -6 route show table all proto "$protocol"
done
ip -br link | grep -e ^cali -e calico
docker network ls --filter driver=calico --quiet
true
"""


@pytest.fixture(scope="module")
def removed() -> Iterator[hosts.Answer]:
    """The host without Calico, beside things of others; afterwards it is a node again."""
    hosts.must(HOST, FOREIGN)
    before = hosts.must(HOST, STATE)
    refused = playbooks.play(*REMOVE)
    assert refused.code != 0
    assert f"host {HOST} still uses Calico, nothing was removed:" in refused.text
    assert "container backend db2" in refused.text
    done = playbooks.play(*REMOVE, "--extra-vars=calico_remove_networks=true")
    assert done.code == 0, done.text
    assert hosts.must(HOST, STATE) == before
    yield done
    hosts.must(
        HOST, "docker rm --force neighbour; nft delete table inet somebody; ip route del blackhole 198.51.100.0/24"
    )
    assert playbooks.play("playbooks/site.yml").code == 0


def test_nothing_of_ours_stays(removed: hosts.Answer) -> None:
    assert removed.text.count("fatal:") == 0
    assert hosts.must(HOST, OURS) == ""


def test_the_others_go_on_and_know_the_host_no_more(removed: hosts.Answer) -> None:
    del removed
    for version in (4, 6):
        facts.check(facts.reaches("web1", "web4", version=version))
    assert HOST not in hosts.must("rack1-host1", "calicoctl get nodes")
    # Every session that is left is up.
    assert "172.31.2.12" not in hosts.eventually("rack1-host1", "calicoctl node status")


def test_a_second_run_changes_nothing(removed: hosts.Answer) -> None:
    del removed
    again = playbooks.play(*REMOVE)
    assert again.code == 0, again.text
    assert f"{HOST}" in again.text
    (summary,) = [line for line in again.text.splitlines() if line.startswith(HOST) and "ok=" in line]
    assert "changed=0" in summary
