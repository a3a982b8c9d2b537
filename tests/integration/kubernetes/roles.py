from collections.abc import Sequence
from typing import Final

from tests.contract.cluster.hands import ApiHands

RBAC: Final = "rbac.authorization.k8s.io"
GROUPS: Final = {"endpointslices": "discovery.k8s.io"}  # the others are of the core


async def grant(hands: ApiHands, namespace: str, user: str, verbs: Sequence[str], resource: str = "pods") -> None:
    """Let a user do this with the pods of a namespace, or with another resource of it."""
    path = f"/apis/{RBAC}/v1/namespaces/{namespace}"
    rule = {"apiGroups": [GROUPS.get(resource, "")], "resources": [resource], "verbs": list(verbs)}
    await hands.post(f"{path}/roles", {"metadata": {"name": resource}, "rules": [rule]})
    binding = {
        "metadata": {"name": resource},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": resource},
        "subjects": [{"apiGroup": RBAC, "kind": "User", "name": user}],
    }
    await hands.post(f"{path}/rolebindings", binding)
