"""What is remembered, and for how long."""

from calico_node.render.memo import Memo


def test_a_memo_changes_no_content_and_lets_go_of_what_is_not_asked_for() -> None:
    memo = Memo()
    asked: list[str] = []

    def answer(subject: str) -> str:
        asked.append(subject)
        return subject * 2

    one, other = "one-of-a-kind", "another-of-a-kind"
    assert [memo.of(answer, one), memo.of(answer, one), memo.of(answer, other)] == [one * 2, one * 2, other * 2]
    memo.sweep()
    memo.of(answer, one)
    memo.sweep()
    memo.of(answer, one)
    memo.of(answer, other)
    assert asked == [one, other, other]
