"""Alert rules, their runbooks and the dashboard: about metrics that there are, and complete."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from bot.dialogs.flows import FLOWS
from schema.types.errors import RefusalCode
from server.platform.observability import metrics
from tests.support.paths import DEPLOY

_FROM_PROMETHEUS = {"up", "ALERTS"}
_METRIC = re.compile(r"\b(?:egret|process|python)_[a-z_]+\b")


def known() -> dict[str, set[str]]:
    """Every sample's name, with its labels."""
    found: dict[str, set[str]] = {}
    for family in metrics.REGISTRY.collect():
        collector = metrics.REGISTRY._names_to_collectors.get(family.name)
        labels = set(getattr(collector, "_labelnames", ()))
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(family.type, ("",))
        found |= {family.name + end: labels for end in ends}
    return found


def rules() -> list[dict[str, Any]]:
    loaded = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text("utf-8"))
    return [rule for group in loaded["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text("utf-8"))
    return loaded


def expressions() -> list[str]:
    panels = [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", [])]
    return [rule["expr"] for rule in rules()] + panels


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_and_label_that_is_named_exists(expression: str) -> None:
    samples = known()
    without_labels = re.sub(r"\{[^}]*\}", "", expression)
    names = set(_METRIC.findall(without_labels))
    assert names or "up" in without_labels, expression
    assert names <= samples.keys(), names - samples.keys()
    asked = set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)\s*\"", expression))
    asked |= {w.strip() for found in re.findall(r"by \(([^)]*)\)", expression) for w in found.split(",")}
    labels = {label for name in names for label in samples[name]}
    assert asked <= labels | {"le", "job", "instance", "role", "alertstate", "alertname"}


def test_values_of_labels_that_are_named_can_occur() -> None:
    named = [found for one in expressions() for found in re.findall(r'=~?"([^"]+)"', one)]
    values = {value for found in named for value in found.split("|")}
    folders = (DEPLOY.parent / folder for folder in ("server", "schema", "bot"))
    code = "".join(path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py"))
    for value in values - {"egret", "5xx", "firing", "Egret.*"}:
        assert value in RefusalCode.__members__ or f'"{value}"' in code or value in FLOWS, value


def test_parentheses_close() -> None:
    for one in expressions():
        for opening, closing in ("()", "[]", "{}"):
            assert one.count(opening) == one.count(closing), one


def test_alerts_have_a_time_a_severity_a_sentence_and_a_runbook() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert re.fullmatch(r"\d+[smh]", rule["for"]), rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["runbook"] == f"deploy/runbooks/{rule['alert']}.md"


def test_alerts_and_runbooks_belong_to_each_other_one_to_one() -> None:
    books = {path.stem: path.read_text("utf-8") for path in (DEPLOY / "runbooks").glob("*.md") if path.stem != "README"}
    assert books.keys() == {rule["alert"] for rule in rules()}
    index = (DEPLOY / "runbooks" / "README.md").read_text("utf-8")
    for name, text in books.items():
        assert text.startswith(f"# {name}\n"), name
        assert "**Look at**" in text, name
        assert "**Do**" in text, name
        assert f"]({name}.md)" in index
        assert set(re.findall(r"\bEgret[A-Z][A-Za-z]+", text)) <= books.keys(), name
        assert set(re.findall(r"`(egret_[a-z_]+)`", text)) <= known().keys(), name


def test_anyone_who_is_woken_can_do_something() -> None:
    for rule in rules():
        text = (DEPLOY / "runbooks" / f"{rule['alert']}.md").read_text("utf-8")
        assert ("Pages the person on call" in text) is (rule["labels"]["severity"] == "page"), rule["alert"]


def test_every_metric_of_ours_is_looked_at_somewhere() -> None:
    shown = " ".join(expressions())
    for family in metrics.REGISTRY.collect():
        if family.name.startswith("egret_"):
            assert family.name in shown, family.name


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    board = dashboard()
    assert {"uid", "title", "panels", "templating", "time", "schemaVersion"} <= board.keys()
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["type"] in ("row", "stat", "timeseries")
        assert panel["type"] == "row" or panel["targets"]


def test_prometheus_scrapes_the_port_of_every_process_in_compose() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    scraped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yaml").read_text("utf-8"))
    (job,) = scraped["scrape_configs"]
    targets = {target for config in job["static_configs"] for target in config["targets"]}
    port = compose["services"]["server1"]["environment"]["EGRET_OPS_PORT"]
    assert targets == {f"{name}:{port}" for name in ("server1", "server2", "worker")}
    assert job["job_name"] == "egret"
    assert "9100" not in (DEPLOY / "Caddyfile").read_text("utf-8")


def test_promtool_agrees() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("Needs promtool.")
    checking = [promtool, "check", "rules", str(DEPLOY / "prometheus" / "alerts.yaml")]
    done = subprocess.run(checking, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
