"""From a module's parameters to the store and back: what the modules of all kinds do. Private to this collection."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import reconcile, store
from ansible_collections.calico.docker.plugins.module_utils.model import (
    bgp_configurations,
    errors,
    fields,
    kinds,
    resources,
    schema,
)
from ansible_collections.calico.docker.plugins.module_utils.reconcile import bootstrap, effects, merges, search

Opener = Callable[[store.Config], store.Store]
Parameters = Mapping[str, Any]
Run = Callable[..., None]  # one of the functions below, as a module is given it


def run(
    module: AnsibleModule,
    kind: type[resources.Resource],
    *,
    spec: Parameters | None = None,
    merge: reconcile.Merge | None = None,
    open_store: Opener = store.open,
) -> None:
    """Make one resource present or absent. ``spec`` holds its fields by attribute name, by default the parameters."""
    parameters = module.params

    def merged(wanted: resources.Resource, stored: Any) -> resources.Resource:
        kept = merges.keep_metadata(wanted, stored, labels=parameters["labels"])
        return kept if merge is None else merge(kept, stored)

    with failing(module):
        wanted = _wanted(kind, parameters, parameters if spec is None else spec)
        identity = _identity(kind, parameters)
        marks = new_marks()
        with open_store(config(parameters)) as opened:
            converge = functools.partial(reconcile.converge, opened, identity, wanted, marks, merge=merged)
            effect = _effect(module, opened, identity, converge)
            outcome = converge(check_mode=module.check_mode)
    diff: dict[str, Any] = {"before": outcome.before or {}, "after": outcome.after or {}}
    if effect:
        diff["prepared"] = "".join(f"{line}\n" for line in effect)
    told = {} if effect is None else {"reachability": effect}
    module.exit_json(changed=outcome.changed, diff=diff, resource=outcome.after, **told)


def _effect(
    module: AnsibleModule, opened: store.Store, identity: kinds.KeyParts, converge: Callable[..., reconcile.Outcome]
) -> list[str] | None:
    """What the change opens and cuts, found out before it is made; None if nobody asks: it reads all of the store."""
    asked = module._diff or module.check_mode  # noqa: SLF001 - Ansible's only way to say so
    if not asked or identity.kind not in effects.KINDS:
        return None
    outcome = converge(check_mode=True)
    return list(effects.foresee(opened, identity, outcome.after)) if outcome.changed else []


def run_bootstrap(module: AnsibleModule, *, open_store: Opener = store.open) -> None:
    """Create what the cluster lacks."""
    with failing(module):
        given = schema.decode(
            bgp_configurations.BGPConfigurationSpec, {"asNumber": module.params["as_number"]}, strict=True
        )
        with open_store(config(module.params)) as opened:
            outcomes = bootstrap.bootstrap(
                opened, timestamp=_now(), new_uid=_new_uid, as_number=given.as_number, check_mode=module.check_mode
            )
    changed = {name: outcome for name, outcome in outcomes.items() if outcome.changed}
    module.exit_json(
        changed=bool(changed),
        diff={
            "before": {name: outcome.before for name, outcome in changed.items() if outcome.before},
            "after": {name: outcome.after for name, outcome in changed.items()},
        },
        created=[name for name, outcome in changed.items() if outcome.before is None],
    )


def run_search(module: AnsibleModule, *, open_store: Opener = store.open) -> None:
    """List what is stored."""
    parameters = module.params
    with failing(module):
        wanted = search.query(*(parameters[name] for name in ("kinds", "name", "namespace", "label_selector")))
        with open_store(config(module.params)) as opened:
            found = search.find(opened, wanted)
    for text in found.invalid:
        module.warn(f"left out, not valid: {text}")
    module.exit_json(changed=False, resources=list(found.documents))


def config(parameters: Parameters) -> store.Config:
    """Where etcd is, by the options of ``arguments.ETCD``. Raises Invalid."""
    return store.Config(
        endpoints=tuple(parameters["etcd_endpoints"]),
        ca_cert=parameters["etcd_ca_cert"],
        cert=parameters["etcd_cert"],
        key=parameters["etcd_key"],
        username=parameters["etcd_username"],
        password=parameters["etcd_password"],
        timeout=parameters["etcd_timeout"],
    )


@contextlib.contextmanager
def failing(module: AnsibleModule, *others: type[Exception]) -> Iterator[None]:
    """End the module by one clear message when input is refused, the store does not do, or ``others`` happen."""
    expected: tuple[type[Exception], ...] = (store.StoreError, *others)
    try:
        yield
    except errors.Invalid as error:
        module.fail_json(msg=str(error), problems=[_structured(problem) for problem in error.problems])
    except expected as error:
        module.fail_json(msg=str(error))


def _wanted(kind: type[resources.Resource], parameters: Parameters, spec: Parameters) -> resources.Resource | None:
    """The resource that the parameters describe. Raises Invalid."""
    if parameters["state"] == "absent":
        return None
    names = {"name": parameters["name"], "namespace": parameters.get("namespace")}
    metadata = {**names, "labels": parameters["labels"]}
    return kind.decode({"metadata": metadata, "spec": schema.renamed(kind.SPEC, spec)}, strict=True)


def _identity(kind: type[resources.Resource], parameters: Parameters) -> kinds.KeyParts:
    found: dict[str, str | None] = {"namespace": None}
    for part in ("name", "namespace") if kind.NAMESPACED else ("name",):
        try:
            found[part] = fields.NAME.decode(parameters[part], True)
        except errors.Invalid as error:
            raise errors.Invalid(error.under(f"metadata.{part}")) from None
    return kinds.KeyParts(kind, found["name"] or "", found["namespace"])


def _structured(problem: errors.Problem) -> dict[str, Any]:
    plain = isinstance(problem.value, (str, int, float, list, dict, type(None)))
    return {
        "field": problem.field,
        "value": problem.value if plain else str(problem.value),
        "allowed": problem.allowed,
    }


def new_marks() -> reconcile.Marks:
    """What a record that is made now is marked with."""
    return reconcile.Marks(_new_uid(), _now())


def _now() -> str:
    return dt.datetime.now(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _new_uid() -> str:
    return str(uuid.uuid4())
