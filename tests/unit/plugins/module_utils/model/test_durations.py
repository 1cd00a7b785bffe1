import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import durations, fields


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("0", 0.0, id="nothing without a unit"),
        pytest.param("30s", 30.0, id="one unit"),
        pytest.param("1m0s", 60.0, id="as Go prints a minute"),
        pytest.param("1h1.5m250ms", 3690.25, id="fractions and several units"),
        pytest.param("9" * 400 + "h", float("inf"), id="more than any number"),
    ],
)
def test_seconds(text: str, wanted: float) -> None:
    assert fields.DURATION.decode(text, True) == text
    assert durations.seconds(text) == wanted
