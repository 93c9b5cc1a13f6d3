"""The Kubernetes manifests, as far as they can be checked without a cluster."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import yaml

from server.app import build_app
from server.settings import Settings
from server.settings.requirements import NEEDED
from server.web.ops import ops_app
from tests.support.kubernetes import BASE, Manifest, load, of
from tests.support.paths import K8S
from tests.support.world import World


def pods() -> dict[str, Manifest]:
    """Every pod's template by the name of what makes it."""
    found = {name: one["spec"]["template"] for name, one in of("Deployment").items()}
    return found | {n: one["spec"]["jobTemplate"]["spec"]["template"] for n, one in of("CronJob").items()}


def container(pod: Manifest) -> Manifest:
    (only,) = pod["spec"]["containers"]
    found: Manifest = only
    return found


def named_in(folder: str) -> set[str]:
    """The files that a kustomization names."""
    named = yaml.safe_load((K8S / folder / "kustomization.yaml").read_text("utf-8"))
    return {*named["resources"], *(p["path"] for p in named.get("patches", []) if "path" in p)}


def test_every_file_is_named_in_the_kustomization() -> None:
    for folder in ("base", "city"):
        listed = named_in(folder)
        files = {path.name for path in (K8S / folder).glob("*.yaml")} - {"kustomization.yaml"}
        assert files == {name for name in listed if not name.startswith("..")}


def test_servers_workers_and_the_nightly_job_run_our_commands() -> None:
    assert {name: container(pod)["args"][0] for name, pod in pods().items()} == {
        "egret-server": "serve",
        "egret-worker": "worker",
        "egret-nightly": "rescore",
    }
    (nightly,) = of("CronJob").values()
    assert (nightly["spec"]["timeZone"], nightly["spec"]["concurrencyPolicy"]) == ("Asia/Shanghai", "Forbid")


def test_every_pod_that_stays_expands_the_database_before_it_starts() -> None:
    for name, deployment in of("Deployment").items():
        pod, strategy = deployment["spec"]["template"], deployment["spec"]["strategy"]
        (first,) = pod["spec"]["initContainers"]
        assert first["args"] == ["migrate", "--expand"], name
        for what in ("image", "envFrom", "securityContext", "volumeMounts"):
            assert first[what] == container(pod)[what], (name, what)
        assert strategy["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_contracting_is_a_job_that_someone_starts() -> None:
    (job,) = load("jobs")
    assert not {path for path in named_in("base") if "job" in path}
    pod, nightly = job["spec"]["template"], pods()["egret-nightly"]
    assert (container(pod)["args"], job["spec"]["backoffLimit"]) == (["migrate", "--contract"], 0)
    for what in ("envFrom", "securityContext", "volumeMounts"):
        assert container(pod)[what] == container(nightly)[what]
    assert pod["spec"]["securityContext"] == nightly["spec"]["securityContext"]
    (out,) = (p for name, p in of("NetworkPolicy").items() if name == "egret-out")
    assert _matches(out["spec"]["podSelector"], pod), "it reaches the database"


def test_there_are_several_of_what_must_not_end() -> None:
    (scaler,) = of("HorizontalPodAutoscaler").values()
    assert scaler["spec"]["scaleTargetRef"]["name"] in of("Deployment")
    assert scaler["spec"]["minReplicas"] >= 3
    assert of("Deployment")["egret-worker"]["spec"]["replicas"] >= 2
    assert "replicas" not in of("Deployment")["egret-server"]["spec"], "it would undo the autoscaler"


def test_pods_have_no_rights_and_write_nowhere() -> None:
    for name, pod in pods().items():
        spec, safe = pod["spec"], container(pod)["securityContext"]
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] == 10001
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        assert spec["serviceAccountName"] in of("ServiceAccount")
        assert safe["allowPrivilegeEscalation"] is False
        assert safe["readOnlyRootFilesystem"] is True
        assert safe["capabilities"] == {"drop": ["ALL"]}


def test_settings_are_ours_and_secrets_come_as_files() -> None:
    (settings,) = of("ConfigMap").values()
    city = next(one for one in load("city") if one["kind"] == "ConfigMap")
    names = [n for n in settings["data"] | city["data"] if n.startswith("EGRET_")]
    assert {n.removeprefix("EGRET_").lower() for n in names} <= Settings.model_fields.keys()
    assert not {n.upper() for n in (*NEEDED, "mongodb_uri")} & {n.removeprefix("EGRET_") for n in names}
    for pod in pods().values():
        assert container(pod)["envFrom"] == [{"configMapRef": {"name": settings["metadata"]["name"]}}]
        assert "env" not in container(pod)
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        assert {m["name"] for m in container(pod)["volumeMounts"]} == volumes.keys()
        mounted = next(m for m in container(pod)["volumeMounts"] if m["mountPath"] == "/run/secrets")
        assert volumes[mounted["name"]]["secret"]["secretName"] == "egret-secrets"
    assert not of("Secret")


def test_the_readme_names_every_secret_that_is_needed() -> None:
    text = (K8S / "README.md").read_text("utf-8")
    needed = {f"egret_{n}" for n in (*NEEDED, "mongodb_uri")}
    assert set(re.findall(r"--from-file=(\w+)", text)) == needed | {"mongo_ca"}


def test_probes_ask_for_routes_that_there_are(world: World) -> None:
    routes = {
        "http": {getattr(route, "path", "") for route in build_app(world.container).routes},
        "ops": {getattr(route, "path", "") for route in ops_app(world.container).routes},
    }
    for name, deployment in of("Deployment").items():
        one = container(deployment["spec"]["template"])
        ports = {port["name"]: port["containerPort"] for port in one["ports"]}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = one[probe]["httpGet"]
            assert asked["port"] in ports, (name, probe)
            assert asked["path"].partition("?")[0] in routes[asked["port"]]
        assert one["livenessProbe"]["httpGet"]["path"] == "/livez", "a restart never mends a database"


def test_ports_are_those_of_the_settings() -> None:
    (settings,) = of("ConfigMap").values()
    for deployment in of("Deployment").values():
        notes = deployment["spec"]["template"]["metadata"]["annotations"]
        ports = {p["name"]: str(p["containerPort"]) for p in container(deployment["spec"]["template"])["ports"]}
        assert notes["prometheus.io/port"] == ports["ops"] == settings["data"]["EGRET_OPS_PORT"]
        assert ports.get("http", "8000") == settings["data"]["EGRET_PORT"]


def _matches(selector: Manifest, pod: Manifest) -> bool:
    labels = pod["metadata"]["labels"]
    return all(labels.get(name) == value for name, value in selector.get("matchLabels", selector).items())


def test_every_selector_finds_its_pods() -> None:
    everything = pods()
    for name, deployment in of("Deployment").items():
        assert _matches(deployment["spec"]["selector"], everything[name])
    for name, budget in of("PodDisruptionBudget").items():
        assert [n for n, pod in everything.items() if _matches(budget["spec"]["selector"], pod)] == [name]
    (service,) = of("Service").values()
    assert [n for n, pod in everything.items() if _matches(service["spec"]["selector"], pod)] == ["egret-server"]
    assert service["spec"]["ports"][0]["targetPort"] == "http"
    for ingress in of("Ingress").values():
        for path in ingress["spec"]["rules"][0]["http"]["paths"]:
            assert path["backend"]["service"] == {"name": service["metadata"]["name"], "port": {"name": "http"}}
    for policy in of("NetworkPolicy").values():
        assert any(_matches(policy["spec"]["podSelector"], pod) for pod in everything.values())


def test_nothing_comes_in_or_goes_out_but_what_is_named() -> None:
    policies = of("NetworkPolicy")
    nothing = policies.pop("egret-nothing")["spec"]
    assert nothing == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, policy in policies.items():
        for rule in policy["spec"].get("ingress", []) + policy["spec"].get("egress", []):
            assert rule.get("from") or rule.get("to"), name
            assert rule["ports"], name
    inward = [
        port["port"] for p in policies.values() for rule in p["spec"].get("ingress", []) for port in rule["ports"]
    ]
    assert sorted(inward) == ["http", "ops"]
    wide = [to["ipBlock"] for to in _all_to(policies["egret-out"]) if "ipBlock" in to]
    assert [block["cidr"] for block in wide] == ["0.0.0.0/0"]
    assert "169.254.0.0/16" in wide[0]["except"]


def _all_to(policy: Manifest) -> list[Manifest]:
    return [to for rule in policy["spec"]["egress"] for to in rule["to"]]


@pytest.mark.parametrize("folder", ["base", "city"])
def test_kustomize_builds_it(folder: str) -> None:
    command = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    if shutil.which(command[0]) is None:
        pytest.skip("Needs kustomize or kubectl.")
    done = subprocess.run([*command, str(K8S / folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    built = list(yaml.safe_load_all(done.stdout))
    assert sorted((one["kind"], one["metadata"]["name"]) for one in built) == sorted(
        (one["kind"], one["metadata"]["name"]) for one in BASE
    )
    assert all(one["metadata"].get("namespace", "egret") == "egret" for one in built)
    kubeconform = shutil.which("kubeconform")
    if kubeconform is not None:
        strict = [kubeconform, "-strict"]
        checked = subprocess.run(strict, input=done.stdout, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout
    if folder == "city":
        text = done.stdout
        assert "egret.example" not in text.replace("sms.example", "")
        assert "egret:latest" not in text
        assert text.count("credit.city.example") == 2 * len(of("Ingress")) + 1, "each ingress, and the address"
