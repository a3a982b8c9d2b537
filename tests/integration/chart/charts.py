"""The chart, as helm renders it, and what it rendered, to be asked."""

import json
import os
import subprocess
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

ROOT: Final = Path(__file__).parents[3]
CHART: Final = ROOT / "helm"
PREVIOUS: Final = Path(__file__).with_name("previous_values.yaml")
"""What a team that runs the previous service has beside its chart."""

Values: TypeAlias = Mapping[str, Any]
Object: TypeAlias = dict[str, Any]

EVERYTHING: Final[Values] = {
    "serviceMonitor": {"enabled": True},
    "prometheusRule": {"enabled": True},
    "dashboard": {"enabled": True},
    "podDisruptionBudget": {"enabled": True},
    "service": {"enabled": True, "mappings": True},
    "v2": {"enabled": True, "sources": ["10.0.0.0/8"]},
    "v1": {"allowFrom": ["10.8.0.0/16"]},
    "slack": {"existingSecret": "slack", "announceChannel": "C024BE91L"},
    "gateway": {"whoamiPort": 10100},
    "nodeName": "node-1",
}
VARIANTS: Final[Mapping[str, Values]] = {
    "dataplane": {},
    "embedded": {"gateway": {"kind": "embedded"}},
    "external by the API": {
        "gateway": {"kind": "external", "external": {"apiAddr": "http://10.0.0.5:5555"}, "existingSecret": "api"},
        "databaseUrl": {"existingSecret": "database"},
        "replicaCount": 2,
    },
    "external by its socket": {
        "gateway": {
            "kind": "external",
            "external": {"kind": "socket", "socket": "/run/haproxy/admin.sock", "socketFolder": "/run/haproxy"},
        },
    },
    "with everything": EVERYTHING,
    "the previous values": yaml.safe_load(PREVIOUS.read_text()),
    "a policy with patterns": {"policy": {"content": {"rules": [{"namespaces": ["team-*"]}]}}},
    "secrets of one's own": {
        "apiTokens": {"existingSecret": "tokens"},
        "gateway": {"existingSecret": "api"},
        "policy": {"existingConfigMap": "policy"},
        "hostNetwork": False,
    },
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """The objects, to be found by kind and name."""

    objects: Sequence[Object]

    def of(self, kind: str) -> list[Object]:
        return [found for found in self.objects if found["kind"] == kind]

    def one(self, kind: str, name: str = "") -> Object:
        (found,) = (one for one in self.of(kind) if name in ("", one["metadata"]["name"]))
        return found

    @property
    def pod(self) -> Object:
        spec: Object = self.one("Deployment")["spec"]["template"]["spec"]
        return spec

    def containers(self) -> dict[str, Object]:
        return {one["name"]: one for one in [*self.pod.get("initContainers", []), *self.pod["containers"]]}

    @property
    def settings(self) -> str:
        text: str = self.one("ConfigMap", "pod-proxier-settings")["data"]["settings.yaml"]
        return text

    @property
    def policy(self) -> str:
        text: str = self.one("ConfigMap", "pod-proxier-policy")["data"]["policy.yaml"]
        return text

    def secret(self, name: str, key: str) -> str:
        return b64decode(self.one("Secret", name)["data"][key]).decode()


@dataclass(frozen=True, slots=True)
class Chart:
    """helm over our chart; ``home`` is where helm may keep things."""

    helm: Path
    home: Path
    known: dict[str, Rendered] = field(default_factory=dict)

    def render(self, values: Values, namespace: str = "infra") -> Rendered:
        """Render it, once for the same values."""
        key = json.dumps([values, namespace])
        if key not in self.known:
            told = self.run("template", "pod-proxier", str(CHART), "--namespace", namespace, *self.given(values))
            assert told.returncode == 0, told.stderr
            self.known[key] = Rendered([found for found in yaml.safe_load_all(told.stdout) if found])
        return self.known[key]

    def refusal(self, values: Values) -> str:
        told = self.run("template", "pod-proxier", str(CHART), *self.given(values))
        assert told.returncode != 0
        return told.stderr

    def given(self, values: Values) -> tuple[str, str]:
        path = self.home / "values.yaml"
        path.write_text(yaml.safe_dump(dict(values)))
        return "--values", str(path)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        folders = {f"HELM_{kind}_HOME": str(self.home) for kind in ("CACHE", "CONFIG", "DATA")}
        return subprocess.run(
            [self.helm, *words], env=os.environ | folders, capture_output=True, text=True, timeout=60, check=False
        )
