"""The lab's own bookkeeping, which judges the product's, sees each way in which the books can disagree."""

import pytest

from tests.lab import ledger

ONE, OTHER = frozenset({"10.65.0.1", "fd65::1"}), frozenset({"10.65.0.2"})
HELD = {"10.65.0.1": "handle-1", "fd65::1": "handle-2", "10.65.0.2": "handle-3"}
USERS = {"a": ONE, "b": OTHER}


def test_books_that_agree_have_no_problem() -> None:
    assert ledger.problems(ledger.Books(USERS, USERS, HELD)) == []


@pytest.mark.parametrize(
    ("books", "problem"),
    [
        pytest.param(
            ledger.Books(USERS, USERS, {**HELD, "10.65.0.9": "lost"}), "leaked: 10.65.0.9 of handle lost", id="leaked"
        ),
        pytest.param(
            ledger.Books(USERS, USERS, {key: HELD[key] for key in ("10.65.0.1", "fd65::1")}),
            "counts as free, but a container has it: 10.65.0.2",
            id="unrecorded",
        ),
        pytest.param(
            ledger.Books(USERS, {**USERS, "c": frozenset()}, HELD), "no container has the endpoint c", id="orphaned"
        ),
        pytest.param(ledger.Books(USERS, {"a": ONE}, HELD), "a container has no endpoint b", id="missing"),
        pytest.param(
            ledger.Books({**USERS, "c": OTHER}, {**USERS, "c": frozenset()}, HELD),
            "double: 10.65.0.2 of b and c",
            id="two containers with one address",
        ),
        pytest.param(
            ledger.Books({**USERS, "c": frozenset()}, {**USERS, "c": OTHER}, HELD),
            "double: 10.65.0.2 of b and c",
            id="two endpoints with one address",
        ),
    ],
)
def test_a_disagreement_is_told(books: ledger.Books, problem: str) -> None:
    assert ledger.problems(books) == [problem]
