"""What a record holds is JSON, or is refused."""

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import errors


def test_a_document_survives_its_bytes() -> None:
    document = {"text": "größer", "numbers": [1, 1234567890123456789], "nothing": None}
    assert store.Record("/a", store.encode(document), 1).document() == document


@pytest.mark.parametrize("value", [b"", b"{", b"\xff", b"{'a': 1}"])
def test_a_value_that_is_no_json_is_refused_by_its_key(value: bytes) -> None:
    with pytest.raises(errors.Invalid, match=r"^/a: .* is not JSON"):
        store.Record("/a", value, 1).document()
