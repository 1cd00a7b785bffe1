"""What site.yml leaves on a host: services of systemd, BGP sessions, routes."""

import pytest
import testinfra

from tests.lab import facts, hosts

OURS = ("calico-agent", "calico-libnetwork", "calico-bird")
SERVICES = (*OURS, "docker")

# A process opens a device that root may open, and then again as a member of a service's control group.
OPEN_A_DEVICE = """
set -eu
group=$(sed -n 's|^[0-9]*:{controller}:||p' /proc/$(systemctl show --property MainPID --value {service})/cgroup)
device=$(mktemp -u /root/kmsg-XXXXXX)
trap 'rm "$device"' EXIT
mknod "$device" c 1 11
: <"$device"
echo 0 >"/sys/fs/cgroup/{controller}$group/cgroup.procs"
if (: <"$device") 2>/dev/null; then echo opened; else echo refused; fi
"""


@pytest.mark.parametrize("name", hosts.HOSTS)
def test_services_run_and_start_at_boot(name: str) -> None:
    host = testinfra.get_host(f"docker://{name}")
    for service in SERVICES:
        assert host.service(service).is_running, service
        assert host.service(service).is_enabled, service


@pytest.mark.parametrize("name", hosts.HOSTS)
def test_no_unit_failed(name: str) -> None:
    assert hosts.must(name, "systemctl --failed --no-legend --plain") == ""


@pytest.mark.parametrize("name", hosts.HOSTS)
def test_systemd_and_docker_run_on_the_version_of_cgroups_that_the_lab_chose(name: str) -> None:
    version = hosts.cgroup_version(name)
    root = hosts.must(name, "stat --file-system --format %T /sys/fs/cgroup")
    assert root == {1: "tmpfs", 2: "cgroup2fs"}[version]
    assert hosts.must(name, "docker info --format '{{.CgroupVersion}}' 2>/dev/null") == str(version)


@pytest.mark.parametrize("service", OURS)
@pytest.mark.parametrize("name", hosts.HOSTS)
def test_a_service_opens_no_device_of_its_host(name: str, service: str) -> None:
    controller = "" if hosts.cgroup_version(name) == 2 else "devices"
    assert hosts.must(name, OPEN_A_DEVICE.format(service=service, controller=controller)) == "refused"


@pytest.mark.parametrize("name", hosts.HOSTS)
def test_every_bgp_session_is_established(name: str) -> None:
    facts.check(facts.established(name))


@pytest.mark.parametrize("name", hosts.HOSTS)
def test_the_settings_with_the_datastores_secrets_are_roots_alone(name: str) -> None:
    settings = testinfra.get_host(f"docker://{name}").file("/etc/calico/calico.env")
    assert (settings.user, settings.mode) == ("root", 0o600)


@pytest.mark.parametrize(("family", "length"), [pytest.param("-4", 26, id="IPv4"), pytest.param("-6", 122, id="IPv6")])
def test_the_router_learns_address_blocks_and_not_single_containers(family: str, length: int) -> None:
    routes = hosts.must("tor", f"ip {family} -oneline route show proto bird").splitlines()
    destinations = [route.split()[0] for route in routes]
    assert destinations, "no route reached the router"
    assert all(destination.endswith(f"/{length}") for destination in destinations), destinations


@pytest.mark.parametrize("name", hosts.DATASTORE)
def test_the_datastore_runs_without_docker(name: str) -> None:
    host = testinfra.get_host(f"docker://{name}")
    assert host.service("etcd").is_running
    assert host.socket("tcp://127.0.0.1:2379").is_listening
