"""Each complaint is told once, and again when it changes."""

from calico_node.agent.complaints import Complaints, News


def test_a_complaint_is_told_once_and_its_end_too() -> None:
    complaints = Complaints()
    assert complaints.news({"/policy": "bad rule"}) == News(("/policy: bad rule",), ())
    assert complaints.news({"/policy": "bad rule"}) == News((), ())
    assert complaints.news({"/policy": "bad selector"}) == News(("/policy: bad selector",), ())
    assert complaints.news({}) == News((), ("/policy",))
    assert complaints.news({}) == News((), ())


def test_a_key_of_the_store_writes_no_line_of_its_own() -> None:
    hostile = "/policies/x\n<0>ERROR made up\x1b[2J"
    shown = "/policies/x\\n<0>ERROR made up\\x1b[2J"
    complaints = Complaints()
    assert complaints.news({hostile: "ähm"}) == News((f"{shown}: ähm",), ())
    assert complaints.news({}) == News((), (shown,))
