"""What is asked of the docker SDK, with an engine of our own at the other end of the socket."""

from __future__ import annotations

import contextlib
import json
import pathlib
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import docker_sdk
from tests.fakes import peers

Start = Callable[..., str]


@pytest.fixture
def start(tmp_path: pathlib.Path) -> Iterator[Start]:
    """Starts an engine that has networks of these names; its URL. One without any does not even tell that."""
    with contextlib.ExitStack() as running:

        def started(*names: str) -> str:
            path = tmp_path / f"{len(list(tmp_path.iterdir()))}.sock"
            running.enter_context(peers.listening(path, lambda _method, target, _body: answer(names, target)))
            return f"unix://{path}"

        yield started


def answer(names: tuple[str, ...], target: str) -> peers.Answer:
    """Finds networks by parts of their names, and tells of their containers one by one only, as Docker does."""
    networks = [{"Id": str(number), "Name": name} for number, name in enumerate(names)]
    url = urllib.parse.urlsplit(target)
    if url.path == "/version":
        return 200, {"ApiVersion": "1.44"}
    if identity := url.path.partition("/networks/")[2]:
        return 200, {**networks[int(identity)], "Containers": {}}
    if not url.path.endswith("/networks"):
        return 200, b"OK"
    if not networks:
        return 500, {"message": "no space left on device"}
    (wanted,) = json.loads(urllib.parse.parse_qs(url.query)["filters"][0])["name"]
    return 200, [network for network in networks if wanted in network["Name"]]


def described(url: str | None, name: str) -> Mapping[str, Any] | None:
    with contextlib.closing(docker_sdk.connect(url)) as client:
        return docker_sdk.described_network(client, name)


def test_a_network_is_described_whole_and_not_taken_for_one_with_a_longer_name(start: Start) -> None:
    url = start("frontend-old", "frontend")
    assert described(url, "frontend") == {"Id": "1", "Name": "frontend", "Containers": {}}
    assert described(url, "front") is None


def test_of_two_networks_with_one_name_none_is_chosen(start: Start) -> None:
    url = start("frontend", "frontend")
    with pytest.raises(docker_sdk.EngineError, match="Docker has 2 networks named frontend: remove all but one"):
        described(url, "frontend")


def test_the_engine_is_that_of_the_environment_unless_one_is_given(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", start("here"))
    assert described(None, "here") is not None
    assert described(start("there"), "here") is None


def test_what_an_engine_refuses_is_told_with_what_was_asked(start: Start) -> None:
    url = start()
    with pytest.raises(docker_sdk.EngineError, match=r"^Docker could not look for network frontend: .*no space left"):
        described(url, "frontend")
