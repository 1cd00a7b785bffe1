"""What is left to say beside tests/golden/bird: what is reported, and what no record may bring about."""

import ipaddress

from calico_node.calc import bgp
from tests.golden import stores

IMPORT_LIMIT = "metadata.annotations.calico.docker/import-limit"
BFD_MULTIPLIER = "metadata.annotations.calico.docker/bfd-multiplier"
HOSTILE = next(case for case in stores.BIRD if case.name == "hostile")


def test_what_has_no_effect_is_reported() -> None:
    annotations = {"calico.docker/bfd-multiplier": "3", "calico.docker/import-limit": "many"}
    peer = {"peerIP": "172.31.1.254", "asNumber": 64513}
    resources = [
        {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": {"ignoredInterfaces": ['"; evil']}},
        {"kind": "BGPPeer", "metadata": {"name": "tor", "annotations": annotations}, "spec": peer},
    ]
    assert bgp.configuration(stores.snapshot({"resources": resources}), "a").problems == (
        "BGPConfiguration default: spec.ignoredInterfaces: '\"; evil' is no name or pattern",
        f"BGPPeer tor: {IMPORT_LIMIT}: 'many' is refused: must be a whole number from 1 to 10000000, as text",
        f"BGPPeer tor: {BFD_MULTIPLIER}: '3' is refused: needs calico.docker/bfd-interval",
    )


def test_a_host_announces_blocks_inside_pools_only() -> None:
    content = stores.read(HOSTILE / "store.yaml")
    found = bgp.configuration(stores.snapshot(content), content["host"])
    assert found.blocks == (ipaddress.ip_network("10.65.0.0/26"),)


def test_router_ids_without_ipv4_differ_and_stay() -> None:
    empty = stores.snapshot({"resources": []})
    ids = [bgp.configuration(empty, name).router_id for name in ("a", "b", "a")]
    assert ids[0] == ids[2] != ids[1]
