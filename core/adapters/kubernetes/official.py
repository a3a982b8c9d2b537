"""The official client, as far as it is used: its configuration and authentication. Its functions carry no types."""

from collections.abc import Mapping
from pathlib import Path

from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import ConfigException
from kubernetes.aio.config.incluster_config import SERVICE_HOST_ENV_NAME, InClusterConfigLoader
from kubernetes.aio.config.kube_config import KubeConfigLoader, KubeConfigMerger

__all__ = [
    "SERVICE_HOST_ENV_NAME",
    "ApiClient",
    "ConfigException",
    "Configuration",
    "Kubeconfig",
    "close",
    "load_service_account",
]


def load_service_account(configuration: Configuration, folder: Path, environ: Mapping[str, str]) -> None:
    """Configure from what a kubelet gives to a pod; the token's file is read again once a minute from then on."""
    loader = InClusterConfigLoader(str(folder / "token"), str(folder / "ca.crt"), environ=environ)  # type: ignore[no-untyped-call]  # the client has no types
    loader.load_and_set(configuration)  # type: ignore[no-untyped-call]  # the client has no types


class Kubeconfig:
    """One kubeconfig file, or several joined as in ``KUBECONFIG``, with one of its contexts chosen."""

    def __init__(self, paths: str, context: str | None) -> None:
        files = KubeConfigMerger(paths)  # type: ignore[no-untyped-call]  # the client has no types
        if files.config is None:
            raise ConfigException("there is no such file")
        self._loader = KubeConfigLoader(files.config, active_context=context, config_base_path=None)  # type: ignore[no-untyped-call]  # the client has no types
        chosen = self._loader.current_context["context"].get("user", "")
        user = files.config["users"].get_with_name(chosen, safe=True)
        self._has_plugin = bool(user) and "exec" in user["user"]

    async def load(self, configuration: Configuration) -> None:
        """Configure; exec plugins and auth providers are asked where their last answer has run out."""
        await self._loader.load_and_set(configuration)  # type: ignore[no-untyped-call]  # the client has no types
        if self._has_plugin and not configuration.api_key and not configuration.cert_file:
            raise ConfigException("its exec plugin gave no credentials; its error is in the log")


async def close(client: ApiClient) -> None:
    """Close a client's connections, those in use included."""
    await client.close()  # type: ignore[no-untyped-call]  # the client has no types
