"""The kernel settings of role docker, with and without IPv6 in the kernel."""

import pathlib

import jinja2
import pytest

TEMPLATE = pathlib.Path(__file__).parents[3] / "roles/docker/templates/sysctl.conf.j2"


def settings(*, ipv6: bool, interfaces: list[str]) -> list[str]:
    # As Ansible's template module sets Jinja up.
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined)  # noqa: S701  # no HTML
    # The question about interfaces is skipped where there is no IPv6, and has no answer then.
    asked = {"stdout_lines": interfaces} if ipv6 else {"skipped": True}
    variables = {"ansible_managed": "Ansible managed", "docker_ipv6": {"stat": {"exists": ipv6}}, "docker_ra": asked}
    text = environment.from_string(TEMPLATE.read_text()).render(variables)
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(
    ("ipv6", "interfaces", "expected"),
    [
        pytest.param(False, [], ["net.ipv4.ip_forward = 1"], id="a kernel without IPv6"),
        pytest.param(
            True, ["eth0", "bond0.7"],
            [
                "net.ipv4.ip_forward = 1",
                "net/ipv6/conf/eth0/accept_ra = 2",
                "net/ipv6/conf/bond0.7/accept_ra = 2",
                "net.ipv6.conf.default.forwarding = 1",
                "net.ipv6.conf.all.forwarding = 1",
            ],
            id="routes from router advertisements",
        ),
    ],
)  # fmt: skip
def test_settings_are_those_that_the_kernel_has(ipv6: bool, interfaces: list[str], expected: list[str]) -> None:
    assert settings(ipv6=ipv6, interfaces=interfaces) == expected
