import csv
import secrets
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import yaml

from tests.real_parts.ports import free_port
from tests.real_parts.processes import run_to_the_end, running

ADMIN: Final = "admin"
BOT: Final = "pod-proxier"  # may do nothing until a test binds a role to it
NOBODY: Final = "pod-proxier-nobody"  # never may
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {ADMIN: ("system:masters",), BOT: (), NOBODY: ()}
KEY: Final = "service-accounts.key"
TOKENS: Final = "tokens.csv"


@dataclass(frozen=True, slots=True)
class ApiPrograms:
    """What it takes to run a KubeApi."""

    kube_apiserver: Path
    etcd: Path
    openssl: Path


@dataclass(frozen=True, slots=True)
class KubeApi:
    """A running kube-apiserver, with RBAC on and nothing behind it: no kubelet, no scheduler, no controllers.

    So a test that makes a Pod gives it a ``nodeName``, and writes its status itself through the subresource.
    """

    url: str
    ca_file: Path
    tokens: Mapping[str, str]  # by user: ADMIN, BOT, NOBODY
    kubeconfig: Path  # ADMIN's

    @property
    def token(self) -> str:
        """ADMIN's."""
        return self.tokens[ADMIN]

    def client(self, user: str = ADMIN) -> httpx.AsyncClient:
        """Speaks to the server as that user; to be closed by the caller (``async with``)."""
        return httpx.AsyncClient(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.tokens[user]}"},
            verify=ssl.create_default_context(cafile=self.ca_file),
            trust_env=False,  # no proxy between a test and loopback
        )

    def write_kubeconfig(self, path: Path, user: str) -> Path:
        """Write a kubeconfig file for one of the users, and return its path."""
        cluster = {"server": self.url, "certificate-authority": str(self.ca_file)}
        path.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "test", "cluster": cluster}],
                    "users": [{"name": user, "user": {"token": self.tokens[user]}}],
                    "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
                    "current-context": "test",
                }
            )
        )
        return path


@contextmanager
def running_kube_api(programs: ApiPrograms, folder: Path) -> Iterator[KubeApi]:
    """Start etcd and kube-apiserver; their logs, certificates and the kubeconfig stay in ``folder``, the data goes."""
    tokens = {user: secrets.token_hex(16) for user in GROUPS}
    port = free_port()
    api = KubeApi(f"https://127.0.0.1:{port}", folder / "apiserver.crt", tokens, folder / "kubeconfig")
    with ExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory(dir=folder))
        etcd_url = stack.enter_context(_running_etcd(programs.etcd, Path(data), folder / "etcd.log"))
        _make_key(programs.openssl, folder / KEY)
        _write_tokens(folder / TOKENS, tokens)
        command: list[str | Path] = [programs.kube_apiserver, *_flags(etcd_url, port, folder)]
        stack.enter_context(running(command, log=folder / "kube-apiserver.log", ready=lambda: _is_ready(api)))
        api.write_kubeconfig(api.kubeconfig, ADMIN)
        yield api


@contextmanager
def _running_etcd(etcd: Path, data: Path, log: Path) -> Iterator[str]:
    clients, peers = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    flags: dict[str, str | Path] = {
        "data-dir": data,
        "listen-client-urls": clients,
        "advertise-client-urls": clients,
        "listen-peer-urls": peers,
        "unsafe-no-fsync": "true",
    }
    with running([etcd, *_as_arguments(flags)], log=log, ready=lambda: _answers(f"{clients}/health")):
        yield clients


def _flags(etcd_url: str, port: int, folder: Path) -> list[str]:
    return _as_arguments(
        {
            "etcd-servers": etcd_url,
            "cert-dir": folder,  # where it puts a certificate that it signs itself
            "bind-address": "127.0.0.1",
            "secure-port": str(port),
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": folder / KEY,
            "service-account-signing-key-file": folder / KEY,
            "service-cluster-ip-range": "10.96.0.0/16",
            "token-auth-file": folder / TOKENS,
            "authorization-mode": "RBAC",
            "disable-admission-plugins": "ServiceAccount",  # nothing here makes the accounts that it asks for
        }
    )


def _as_arguments(flags: Mapping[str, str | Path]) -> list[str]:
    return [f"--{name}={value}" for name, value in flags.items()]


def _make_key(openssl: Path, path: Path) -> None:
    run_to_the_end([openssl, "genrsa", "-out", path, "2048"], log=path.with_suffix(".log"))


def _write_tokens(path: Path, tokens: Mapping[str, str]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([token, user, user, *GROUPS[user]] for user, token in tokens.items())


def _is_ready(api: KubeApi) -> bool:
    written = api.ca_file.with_suffix(".key").exists()  # the key is written after the certificate
    return written and _answers(f"{api.url}/readyz", api.ca_file)


def _answers(url: str, ca_file: Path | None = None) -> bool:
    try:
        return httpx.get(url, verify=ssl.create_default_context(cafile=ca_file), trust_env=False).is_success
    except httpx.TransportError:
        return False
