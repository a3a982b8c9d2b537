"""The gateway: HAProxy answers, and runs the configuration that these settings make."""

from collections.abc import Sequence

from bot.doctor.patient import GatewayPlan, Patient, RunningGateway
from bot.doctor.report import Finding, fail, note, ok
from core.domain.errors import GatewayUnreachable


async def running(patient: Patient) -> Sequence[Finding]:
    """HAProxy runs with the right configuration; one that ``serve`` starts itself may also be down."""
    plan = patient.gateway_plan
    try:
        async with patient.gateway() as gateway:
            process = await gateway.identity()
    except GatewayUnreachable as exc:
        return [await _down(plan, exc)]
    return [_compared(process, await plan.config(), plan)]


async def _down(plan: GatewayPlan, exc: GatewayUnreachable) -> Finding:
    if plan.program is None:
        return fail(str(exc), "start HAProxy with what pod-proxier haproxy-config prints")
    return ok(f"HAProxy does not run, and serve starts it: {await plan.program()}")


def _compared(process: RunningGateway, wanted: str, plan: GatewayPlan) -> Finding:
    if process.config == wanted:
        return ok(f"HAProxy {process.version} answers, with the configuration of these settings ({wanted})")
    differs = f"HAProxy {process.version} runs configuration {process.config}, and these settings make {wanted}"
    if plan.embedded:
        return note(
            f"{differs}; it is kept until nobody is connected",
            "close its mappings and start serve again, or stop serve with --stop-gateway",
        )
    return note(differs, "give HAProxy what pod-proxier haproxy-config prints, and restart it")
