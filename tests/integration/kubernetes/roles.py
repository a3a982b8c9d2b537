from collections.abc import Sequence

from tests.contract.cluster.hands import ApiHands


async def grant(hands: ApiHands, namespace: str, user: str, verbs: Sequence[str]) -> None:
    """Let a user do this with the pods of a namespace."""
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    group = "rbac.authorization.k8s.io"
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": list(verbs)}
    await hands.post(f"{rbac}/roles", {"metadata": {"name": "pods"}, "rules": [rule]})
    binding = {
        "metadata": {"name": "pods"},
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "pods"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
    }
    await hands.post(f"{rbac}/rolebindings", binding)
