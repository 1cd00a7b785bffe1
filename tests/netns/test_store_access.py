"""The store with TLS and with users: what is needed, what is refused, and that no secret is told."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from tests.contracts.store import take

from . import etcds
from .waiting import until

PASSWORD = "x-secret-x"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> etcds.Authority:
    return etcds.Authority(tmp_path_factory.mktemp("tls") / "ca")


@pytest.fixture(scope="module")
def secure(authority: etcds.Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[etcds.Member]:
    cert, key = authority.issue("server")
    tls = (
        f"--cert-file={cert}",
        f"--key-file={key}",
        "--client-cert-auth",
        f"--trusted-ca-file={authority.certificate}",
    )
    found = etcds.Member(tmp_path_factory.mktemp("etcd"), "m0", tls=tls)
    with etcds.running(found, ready=False):
        yield found


class TestTLS:
    def test_a_client_with_a_certificate_is_served(self, authority: etcds.Authority, secure: etcds.Member) -> None:
        cert, key = authority.issue("client")
        config = store.Config(endpoints=(secure.url,), ca_cert=authority.certificate, cert=cert, key=key, timeout=20)
        with store.open(config) as opened:
            revision = opened.commit({"/a": {}})
            watch = opened.watch("/", revision)
            opened.commit({"/b": {}})
            assert take(watch, 1)[0].key == "/b"
            watch.close()

    def test_a_client_without_a_certificate_is_not(self, authority: etcds.Authority, secure: etcds.Member) -> None:
        config = store.Config(endpoints=(secure.url,), ca_cert=authority.certificate, timeout=2)
        with store.open(config) as opened, pytest.raises(store.Unavailable, match=secure.url):
            opened.get("/a")

    def test_a_server_of_another_authority_is_not_trusted(self, secure: etcds.Member, tmp_path: pathlib.Path) -> None:
        other = etcds.Authority(tmp_path / "other")
        cert, key = other.issue("client")
        config = store.Config(endpoints=(secure.url,), ca_cert=other.certificate, cert=cert, key=key, timeout=2)
        with store.open(config) as opened, pytest.raises(store.Unavailable, match=r"(?i)certificate"):
            opened.get("/a")


class TestUsers:
    @pytest.fixture
    def member(self, tmp_path: pathlib.Path) -> Iterator[etcds.Member]:
        """etcd with users: root, and calico that may only touch /calico/."""
        found = etcds.Member(tmp_path, "m0")
        with etcds.running(found):
            found.ask_for_users("calico", PASSWORD, "READWRITE", "/calico")
            yield found

    def config(self, member: etcds.Member, password: str | None = PASSWORD) -> store.Config:
        return store.Config(endpoints=(member.url,), username="calico" if password else None, password=password)

    def test_a_user_does_what_the_role_allows(self, member: etcds.Member) -> None:
        with store.open(self.config(member)) as opened:
            revision = opened.commit({"/calico/a": {}}, expect={"/calico/a": 0})
            watch = opened.watch(["/calico/ipam/", "/calico/resources/"], revision)
            opened.commit({"/calico/ipam/b": {}})
            assert take(watch, 1)[0].key == "/calico/ipam/b"
            watch.close()

    def test_what_the_role_does_not_allow_is_denied(self, member: etcds.Member) -> None:
        with store.open(self.config(member)) as opened:
            with pytest.raises(store.Denied, match="permission denied"):
                opened.get("/other")
            with pytest.raises(store.Denied, match="permission denied"):
                list(opened.watch("/other", 1))

    def test_a_wrong_password_is_denied_and_not_told(self, member: etcds.Member) -> None:
        with store.open(self.config(member, "x-wrong-x")) as opened, pytest.raises(store.Denied) as caught:
            opened.get("/calico/a")
        assert "check user name and password" in str(caught.value)
        assert "x-wrong-x" not in str(caught.value)

    def test_who_has_no_name_is_denied(self, member: etcds.Member) -> None:
        with store.open(self.config(member, None)) as opened, pytest.raises(store.Denied, match="set a user name"):
            opened.get("/calico/a")

    def test_a_login_that_etcd_forgot_is_made_again(self, member: etcds.Member) -> None:
        with store.open(self.config(member)) as opened:
            opened.commit({"/calico/a": {}})
            member.kill()  # tokens live in its memory
            member.start()
            until(member.answers, seconds=30)
            assert opened.get("/calico/a") is not None
            opened.watch("/calico/", 1).close()

    def test_a_user_that_etcd_does_not_ask_for_does_no_harm(self, tmp_path: pathlib.Path) -> None:
        member = etcds.Member(tmp_path, "open")
        with etcds.running(member), store.open(self.config(member)) as opened:
            assert opened.get("/calico/a") is None
