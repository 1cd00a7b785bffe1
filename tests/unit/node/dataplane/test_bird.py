import dataclasses
import pathlib

import pytest

from calico_node.dataplane import bird, bird_control, errors
from tests.fakes.bird import REFUSED, TAKEN, FakeBird


@pytest.fixture
def paths(tmp_path: pathlib.Path) -> bird.Paths:
    return bird.Paths(tmp_path / "bird.conf", tmp_path / "bird.ctl", tmp_path / "bird")


def parser(paths: bird.Paths, script: str) -> None:
    paths.program.write_text(f"#!/bin/sh\n{script}\n")
    paths.program.chmod(0o755)


def test_a_new_text_is_checked_then_written_then_taken_over(paths: bird.Paths) -> None:
    with FakeBird(paths.control, TAKEN) as running:
        outcome = bird.BirdDriver(paths).apply("one\n")
    assert outcome == bird.Outcome(written=True, running=True)
    assert running.asked == [f'configure check "{paths.config}.new"', "configure"]
    assert paths.config.read_text() == "one\n"


def test_the_same_text_again_does_nothing(paths: bird.Paths) -> None:
    with FakeBird(paths.control, TAKEN) as running:
        driver = bird.BirdDriver(paths)
        driver.apply("one\n")
        asked, before = list(running.asked), paths.config.stat()
        assert driver.apply("one\n") == bird.Outcome(written=False, running=True)
        after = paths.config.stat()
    assert running.asked == asked
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_that_somebody_changed_is_put_right(paths: bird.Paths) -> None:
    with FakeBird(paths.control, TAKEN):
        driver = bird.BirdDriver(paths)
        driver.apply("one\n")
        paths.config.write_text("something else\n")
        assert driver.apply("one\n") == bird.Outcome(written=True, running=True)
    assert paths.config.read_text() == "one\n"


def test_an_agent_that_died_between_file_and_bird_is_made_up_for(paths: bird.Paths) -> None:
    paths.config.write_text("one\n")
    with FakeBird(paths.control, TAKEN) as running:
        assert bird.BirdDriver(paths).apply("one\n") == bird.Outcome(written=False, running=True)
    assert running.asked == ["configure"]


def test_a_refused_text_leaves_the_file_as_it_was(paths: bird.Paths) -> None:
    paths.config.write_text("one\n")
    refusal = pytest.raises(bird.Refused, match=r"bird\.conf\.new:4:1 syntax error")
    with FakeBird(paths.control, REFUSED) as running, refusal:
        bird.BirdDriver(paths).apply("two\n")
    assert paths.config.read_text() == "one\n"
    assert "configure" not in running.asked


def test_after_a_refusal_the_next_good_text_is_taken(paths: bird.Paths) -> None:
    with FakeBird(paths.control, REFUSED) as running:
        driver = bird.BirdDriver(paths)
        with pytest.raises(bird.Refused):
            driver.apply("bad\n")
        running.answers = TAKEN
        assert driver.apply("good\n") == bird.Outcome(written=True, running=True)


def test_without_bird_the_parser_checks_and_the_file_waits(paths: bird.Paths) -> None:
    parser(paths, 'test "$1 $2" = "-p -c" && grep -q one "$3"')
    driver = bird.BirdDriver(paths)
    assert driver.apply("one\n") == bird.Outcome(written=True, running=False)
    assert driver.apply("one\n") == bird.Outcome(written=False, running=False)
    with FakeBird(paths.control, TAKEN) as running:
        assert driver.apply("one\n") == bird.Outcome(written=False, running=True)
    assert running.asked == ["configure"]


def test_without_bird_the_parser_may_refuse(paths: bird.Paths) -> None:
    parser(paths, 'echo "bird.conf.new:1:1 syntax error" >&2; exit 1')
    with pytest.raises(bird.Refused, match=r"bird\.conf\.new:1:1 syntax error"):
        bird.BirdDriver(paths).apply("bad\n")
    assert not paths.config.exists()


def test_without_bird_and_parser_nothing_is_written(paths: bird.Paths) -> None:
    with pytest.raises(bird.Refused, match="cannot be checked"):
        bird.BirdDriver(paths).apply("one\n")
    assert not paths.config.exists()


def test_a_socket_that_a_dead_bird_left_is_no_bird(paths: bird.Paths) -> None:
    with FakeBird(paths.control, TAKEN):
        pass
    assert paths.control.exists()
    with pytest.raises(bird_control.NotRunning):
        bird_control.Control(paths.control).ask("show status")


def test_a_bird_that_hangs_is_an_error_in_time(paths: bird.Paths) -> None:
    control = bird_control.Control(paths.control, timeout=0.05)
    in_time = pytest.raises(bird_control.ControlError, match="does not answer")
    with FakeBird(paths.control, {"show status": "1000-never finished\n"}), in_time:
        control.ask("show status")


def test_a_file_of_which_no_text_can_be_read_is_written_anew(paths: bird.Paths) -> None:
    paths.config.write_bytes(b"\xff\xfe")
    with FakeBird(paths.control, TAKEN):
        assert bird.BirdDriver(paths).apply("one\n").written
    assert paths.config.read_text() == "one\n"


def test_what_cannot_be_written_is_an_error_of_the_driver(paths: bird.Paths) -> None:
    """Any other error would end the agent, and its next start again."""
    nowhere = dataclasses.replace(paths, config=paths.config / "missing" / "bird.conf")
    with pytest.raises(errors.DataplaneError, match=r"cannot write .*missing/bird\.conf: .*No such file"):
        bird.BirdDriver(nowhere).apply("one\n")
