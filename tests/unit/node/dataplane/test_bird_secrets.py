"""Passwords beside bird.conf: at every moment BIRD finds the names that its configuration has."""

import pathlib
import stat

import pytest

from calico_node.dataplane import bird, bird_secrets, errors
from tests.fakes.bird import REFUSED, TAKEN, FakeBird

OLD, NEW = {"'password:bgp:tor'": "old one"}, {"'password:bgp:tor'": r"n\w # '"}
OTHER = {"'password:bgp:spine'": "other"}


@pytest.fixture
def paths(tmp_path: pathlib.Path) -> bird.Paths:
    return bird.Paths(tmp_path / "bird.conf", tmp_path / "bird.ctl", tmp_path / "bird")


def kept(paths: bird.Paths) -> dict[str, str]:
    return dict(bird_secrets.Secrets(paths.config.with_name("secrets.conf")).read())


def test_both_files_are_roots_alone_whatever_the_umask(paths: bird.Paths) -> None:
    (paths.config.with_name("secrets.conf.new")).write_text("left behind by a crash, readable")
    with FakeBird(paths.control, TAKEN):
        bird.BirdDriver(paths).apply("one\n", OLD)
    for name in ("bird.conf", "secrets.conf"):
        assert stat.S_IMODE(paths.config.with_name(name).stat().st_mode) == 0o600
    assert kept(paths) == OLD


def test_without_passwords_there_is_no_file(paths: bird.Paths) -> None:
    with FakeBird(paths.control, TAKEN):
        bird.BirdDriver(paths).apply("one\n")
    assert not paths.config.with_name("secrets.conf").exists()


def test_a_password_that_changed_alone_is_checked_and_taken_over(paths: bird.Paths) -> None:
    with FakeBird(paths.control, TAKEN) as running:
        driver = bird.BirdDriver(paths)
        driver.apply("one\n", OLD)
        running.asked.clear()
        assert driver.apply("one\n", NEW) == bird.Outcome(written=True, running=True)
    assert running.asked == [f'configure check "{paths.config}.new"', "configure"]
    assert kept(paths) == NEW


def test_names_that_went_stay_until_no_configuration_has_them(paths: bird.Paths) -> None:
    with FakeBird(paths.control, TAKEN):
        driver = bird.BirdDriver(paths)
        driver.apply("one\n", OLD)
    (paths.program).write_text(f"#!/bin/sh\ncp {paths.config.with_name('secrets.conf')} {paths.config}.seen\n")
    paths.program.chmod(0o755)
    driver.apply("two\n", OTHER)  # nobody runs: the parser is asked
    seen = bird_secrets.Secrets(paths.config.with_name("bird.conf.seen")).read()
    assert seen == {**OLD, **OTHER}
    assert kept(paths) == OTHER


def test_what_is_refused_leaves_both_files_as_they_were(paths: bird.Paths) -> None:
    with FakeBird(paths.control, TAKEN) as running:
        driver = bird.BirdDriver(paths)
        driver.apply("one\n", OLD)
        running.answers = REFUSED
        with pytest.raises(bird.Refused):
            driver.apply("two\n", {**NEW, **OTHER})
    assert (paths.config.read_text(), kept(paths)) == ("one\n", OLD)


def test_a_file_that_cannot_be_written_is_an_error_of_the_driver(paths: bird.Paths) -> None:
    paths.config.with_name("secrets.conf.new").mkdir()
    with pytest.raises(errors.DataplaneError, match=r"cannot write .*secrets\.conf"):
        bird.BirdDriver(paths).apply("one\n", OLD)
