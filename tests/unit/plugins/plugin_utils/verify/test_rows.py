"""The table, and the sentences."""

from ansible_collections.calico.docker.plugins.filter import verify

GOOD = {"host": "rack1-host1", "check": "BGP sessions", "state": "ok", "differs": "2 Established"}
BAD = {"host": "tor1", "check": "answers", "state": "FAILED", "differs": "no route"}
OURS_NOT = {"host": "tor2", "check": "BGP sessions", "state": "skipped", "differs": ""}


def test_the_table_has_padded_columns_and_no_blanks_at_the_end_of_a_line() -> None:
    assert verify.verify_table([GOOD, BAD, OURS_NOT]) == [
        "HOST          CHECK          STATE     WHAT DIFFERS",
        "rack1-host1   BGP sessions   ok        2 Established",
        "tor1          answers        FAILED    no route",
        "tor2          BGP sessions   skipped",
    ]


def test_only_what_failed_is_a_complaint() -> None:
    assert verify.verify_failures([GOOD, BAD, OURS_NOT]) == ["tor1: answers: no route"]


def test_nothing_seen_is_a_heading() -> None:
    assert verify.verify_table([]) == ["HOST   CHECK   STATE   WHAT DIFFERS"]
    assert verify.verify_failures([]) == []
