"""EndpointSlices on a real API server that has no controller to make them."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.service import ServiceRef
from tests.contract.cluster.hands import ApiHands


@dataclass(frozen=True)
class Member:
    """A pod behind a Service, as a slice has it."""

    name: str
    address: str
    ready: bool = True

    def as_endpoint(self, namespace: str) -> dict[str, object]:
        target = {"kind": "Pod", "namespace": namespace, "name": self.name, "uid": f"uid-{self.name}"}
        return {"addresses": [self.address], "conditions": {"ready": self.ready}, "targetRef": target}


async def write_slice(hands: ApiHands, service: ServiceRef, members: Sequence[Member], port: int = 5432) -> None:
    """Create a Service's one slice, or change it."""
    family = "IPv6" if any(":" in member.address for member in members) else "IPv4"
    path, name = slices_path(service.namespace), f"{service.name}-{family.lower()}"
    body = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": name, "labels": {"kubernetes.io/service-name": service.name}},
        "addressType": family,
        "endpoints": [member.as_endpoint(service.namespace) for member in members],
        "ports": [{"name": "debug", "port": port, "protocol": "TCP"}],
    }
    answer = await hands.client.patch(
        f"{path}/{name}?fieldManager=test&force=true",
        json=body,
        headers={"Content-Type": "application/apply-patch+yaml"},
    )
    answer.raise_for_status()


def slices_path(namespace: str) -> str:
    return f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
