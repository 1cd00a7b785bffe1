"""What a person reads about a session; tests/netns brings the real causes about."""

import pytest

from calico_node.cli import bgp_words
from calico_node.dataplane.bird_sessions import Session
from calico_node.dataplane.tcp_passwords import Dropped

DROPPED = Dropped(wrong=14, missing=2, unexpected=3)


def session(**fields: object) -> Session:
    return Session(protocol="p", state="start", since="", **fields)  # type: ignore[arg-type]


ONE_SIDED = {"bgp_state": "Active", "description": "BGPPeer p"}
WITH_PASSWORD = {"bgp_state": "Connect", "description": "BGPPeer p password a/b"}


@pytest.mark.parametrize(
    ("fields", "dropped", "words"),
    [
        ({"error": "Received: Bad peer AS", "local_as": 64512}, Dropped(), "another AS number than 64512 of this host"),
        ({"error": "Received: Maximum number of prefixes reached"}, DROPPED, "limit of prefixes is reached: raise it"),
        ({"error": "Something new"}, DROPPED, "Something new"),
        (WITH_PASSWORD, DROPPED, "14 with another password and 2 without one: do the passwords agree?"),
        (WITH_PASSWORD, Dropped(missing=2), "since boot: 2 without one: do the passwords"),
        (ONE_SIDED, DROPPED, "3 with a password: the session has none"),
        (ONE_SIDED, Dropped(wrong=1, missing=1), "no answer yet"),
        ({"bgp_state": "Passive"}, Dropped(), "waits for the other node to connect"),
        ({"bgp_state": "OpenSent"}, Dropped(), "is being set up"),
        ({"is_restarting": True, "error": "Socket: Connection closed"}, Dropped(), "routes are kept"),
    ],
)
def test_words_say_what_to_do(fields: dict[str, object], dropped: Dropped, words: str) -> None:
    assert words in bgp_words.explain(session(**fields), dropped)


def test_of_what_works_nothing_is_said() -> None:
    up = Session(protocol="p", state="up", since="", bgp_state="Established", error="Socket: Connection closed")
    assert bgp_words.explain(up, DROPPED) == ""
