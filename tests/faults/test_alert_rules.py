"""Each alert rule on a real Prometheus: what should fire it fires it, what lies just below does not."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.faults.alert_cases import CASES, Case
from tests.support.metrics import RULES

SEVERITY = {
    rule["alert"]: rule["labels"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]
}

pytestmark = pytest.mark.requirement("R-REL-2")
needs_promtool = pytest.mark.skipif(
    not shutil.which("promtool"), reason="needs promtool, of the Debian package prometheus"
)


def test_every_alert_has_samples_that_fire_and_that_do_not() -> None:
    for fires in (True, False):
        assert {case.alert for case in CASES if (case.summary is not None) is fires} == set(SEVERITY)


@pytest.mark.soak
@needs_promtool
def test_rules_and_configuration_have_no_fault() -> None:
    for kind, file in (("rules", RULES), ("config", RULES.with_name("prometheus.yml"))):
        done = subprocess.run(["promtool", "check", kind, file], capture_output=True, text=True, timeout=60)
        assert not done.returncode, done.stdout + done.stderr


def expected(case: Case) -> Iterator[dict[str, Any]]:
    if case.summary is not None:
        yield {"exp_labels": case.labels | SEVERITY[case.alert], "exp_annotations": {"summary": case.summary}}


@pytest.mark.soak
@needs_promtool
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}-{case.when}")
def test_alert_fires_as_the_samples_say(case: Case, tmp_path: Path) -> None:
    tried = {"eval_time": case.at, "alertname": case.alert, "exp_alerts": list(expected(case))}
    group = {
        "interval": "15s",
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "alert_rule_test": [tried],
    }
    file = tmp_path / "case.json"  # JSON is YAML too
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": [group]}))
    done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True, timeout=60)
    assert not done.returncode, done.stdout + done.stderr
