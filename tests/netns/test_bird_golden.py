"""The real BIRD with every golden bird.conf: it parses, starts, and takes a configuration a second time.

The last is not idle: a name of ours that is a word of BIRD's gets through the parser and fails only then.
"""

import pathlib
from collections.abc import Iterator, Mapping

import pytest

from calico_node.calc import bgp
from calico_node.dataplane import bird
from calico_node.render import bird as bird_text
from tests.golden import stores

from .birds import Bird
from .namespaces import World


@pytest.fixture
def daemon(tmp_path: pathlib.Path) -> Iterator[Bird]:
    with World() as world:
        yield Bird(world, world.space("host"), tmp_path)


def used_secrets(case: pathlib.Path) -> Mapping[str, str]:
    content = stores.read(case / "store.yaml")
    passwords = stores.passwords(content)
    configuration = bgp.configuration(stores.snapshot(content), content["host"], passwords)
    return bird_text.secrets(configuration, passwords.known)


@pytest.mark.parametrize("case", stores.BIRD, ids=lambda case: case.name)
def test_bird_takes_it(case: pathlib.Path, daemon: Bird) -> None:
    text, secrets = (case / "bird.conf").read_text(), used_secrets(case)
    assert daemon.driver.apply(text, secrets) == bird.Outcome(written=True, running=False)
    daemon.start()
    assert daemon.driver.apply(text, secrets) == bird.Outcome(written=False, running=True)
    changed = text + "# changed\n"
    assert daemon.driver.apply(changed, secrets) == bird.Outcome(written=True, running=True)
    assert daemon.driver.apply(text, secrets) == bird.Outcome(written=True, running=True)
    protocols = {line.split()[2] for line in text.splitlines() if line.startswith("protocol ")}
    assert protocols <= {row.split()[0] for row in daemon.ask("show protocols").splitlines() if row}


@pytest.mark.parametrize(
    "running", [pytest.param(False, id="by the parser"), pytest.param(True, id="by the running one")]
)
def test_bird_refuses_what_is_wrong_and_keeps_what_it_has(running: bool, daemon: Bird) -> None:
    good = (stores.BIRD[0] / "bird.conf").read_text()
    daemon.driver.apply(good)
    if running:
        daemon.start()
        daemon.driver.apply(good)
    with pytest.raises(bird.Refused, match="syntax error"):
        daemon.driver.apply(good + "evil\n")
    assert daemon.paths.config.read_text() == good
    assert daemon.driver.apply(good) == bird.Outcome(written=False, running=running)
