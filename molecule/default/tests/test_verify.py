"""Play verify: nothing to say of a fleet that is well, and the right words when a part of it is not."""

import pytest

from tests.lab import facts, hosts, playbooks

HOST, OTHER = "rack2-host1", "rack1-host1"
PLAY = ("playbooks/verify.yml", "--extra-vars=calico_verify_image=probe")
LEFT = "docker ps --all --quiet --filter name=calico-verify; docker network ls --quiet --filter name=calico-verify"


def table(answer: hosts.Answer) -> list[list[str]]:
    """Host, check, state and what differs; the columns are at least three blanks apart."""
    lines = answer.text.partition("HOST  ")[2].partition("TASK [")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip().split("   ") if cell.strip()] for line in lines if line.strip()]


def test_a_fleet_that_is_well_has_nothing_that_differs_and_nothing_is_left_or_changed() -> None:
    for host in hosts.HOSTS:
        facts.check(facts.established(host), patience=60)
    answer = playbooks.play(*PLAY)
    assert answer.code == 0, answer.text
    found = table(answer)
    assert {row[2] for row in found} == {"ok"}, answer.text
    assert {row[0] for row in found} == set(hosts.HOSTS)
    # Both IP versions of some partner, from every host but those that are only pinged.
    pings = [row for row in found if row[1].startswith("ping of ")]
    assert len({row[3] for row in pings}) == 2 * len(hosts.HOSTS)
    assert answer.text.count("changed=0") == len(hosts.HOSTS)
    for host in hosts.HOSTS:
        assert hosts.must(host, LEFT) == ""
    assert "calico-verify" not in hosts.must(HOST, "calicoctl get profiles")


def test_a_bird_that_was_stopped_is_told_by_its_host_and_by_its_peers() -> None:
    hosts.must(HOST, "systemctl stop calico-bird")
    try:
        answer = playbooks.play(*PLAY, "--tags=bgp")
    finally:
        hosts.must(HOST, "systemctl start calico-bird")
    assert answer.code != 0
    failed = {(row[0], row[1]): row[3] for row in table(answer) if row[2] == "FAILED"}
    assert "see: systemctl status calico-bird" in failed[HOST, "BIRD answers"]
    assert "BIRD is not running" in failed[HOST, "BGP sessions"]
    assert f"(Node {HOST}) not Established" in failed[OTHER, "BGP sessions"]
    assert {check for host, check in failed if host != HOST} == {"BGP sessions"}, "its routes are kept meanwhile"
    facts.check(facts.established(HOST), patience=60)
    again = playbooks.play(*PLAY, "--tags=bgp", f"--limit={HOST},{OTHER}")
    assert again.code == 0, again.text
    assert {row[0] for row in table(again)} == {HOST, OTHER, *hosts.DATASTORE}


@pytest.mark.parametrize("service", ["calico-libnetwork", "calico-agent"])
def test_a_service_that_was_stopped_is_told(service: str) -> None:
    hosts.must(HOST, f"systemctl stop {service}")
    try:
        answer = playbooks.play(*PLAY, f"--limit={HOST}", "--skip-tags=probe")
    finally:
        hosts.must(HOST, f"systemctl start {service}")
    assert answer.code != 0
    assert f"see: systemctl status {service}" in answer.text
    hosts.eventually(HOST, f"systemctl is-active {service}")


def test_an_image_that_is_not_there_is_told_and_nothing_is_left() -> None:
    answer = playbooks.play(PLAY[0], f"--limit={HOST}", "--tags=probe", "--extra-vars=calico_verify_image=nowhere")
    assert answer.code != 0
    assert "docker pull the image, name another in calico_verify_image, or --skip-tags probe" in answer.text
    assert hosts.must(HOST, LEFT) == ""
