"""One target, tried as a mapping would reach it: from where the gateway stands."""

from collections.abc import Sequence
from typing import Final

from bot.doctor.patient import Patient
from bot.doctor.policy import policy_if_readable
from bot.doctor.report import Finding, fail, note, ok
from core.domain.errors import GatewayUnreachable
from core.domain.policy import Rule
from core.domain.request import endpoint_of, settle_port
from core.domain.route import Probe
from core.domain.target import Endpoint, Target

_ADVICE: Final = {
    Probe.REFUSED: "does the program listen on localhost only?",
    Probe.SILENT: "a NetworkPolicy, or this gateway is outside the pod network",
}


async def reachable(target: Target, patient: Patient) -> Sequence[Finding]:
    """The pod is there, can be asked for, and answers."""
    policy = policy_if_readable(patient)
    rule = policy.rule_for(target.namespace) if policy else None
    found = [await _tried(target, rule or Rule(()), patient)]
    if policy and not rule:
        found.append(note(f"no rule of the policy covers {target.namespace}", "add one, or nobody can ask for it"))
    return found


async def _tried(target: Target, rule: Rule, patient: Patient) -> Finding:
    async with patient.cluster() as cluster, patient.gateway() as gateway:
        pod = await cluster.pod(target.pod)
        port = settle_port(target, pod, patient.usual_ports)
        endpoint = endpoint_of(pod, port.number, rule)
        try:
            return _told(target, endpoint, await gateway.probe(endpoint))
        except GatewayUnreachable as exc:
            return fail(
                f"{target} is not tried: {exc}", "start serve (or your own HAProxy) first; it is HAProxy that tries"
            )


def _told(target: Target, endpoint: Endpoint, probe: Probe) -> Finding:
    match probe:
        case Probe.ANSWERED:
            return ok(f"{target} answers the gateway on {endpoint}")
        case Probe.REFUSED:
            return fail(f"{target}: nothing listens on {endpoint}", _ADVICE[probe])
        case Probe.SILENT:
            return fail(f"{target}: {endpoint} does not answer the gateway", _ADVICE[probe])
