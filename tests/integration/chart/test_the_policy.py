"""The policy and the tokens that the chart writes, as the bot reads them."""

from pathlib import Path

from bot.api.tokens import TokenSource
from core.adapters.policy_file import parse_policy
from tests.integration.chart.charts import Chart


def test_without_a_policy_the_namespaces_count_and_v1_opens_there(chart: Chart, tmp_path: Path) -> None:
    rendered = chart.render({"allowedNamespaces": ["payments"], "maxMappingTime": 7200})
    rule = parse_policy(rendered.policy, tmp_path / "policy.yaml").rule_or_nothing("payments")
    assert (rule.approvals, rule.max_ttl.total_seconds(), rule.v1) == (1, 7200, True)


def test_nobody_but_the_test_of_helm_reaches_the_bot_itself(chart: Chart, tmp_path: Path) -> None:
    rendered = chart.render({})
    rule = parse_policy(rendered.policy, tmp_path / "policy.yaml").rule_or_nothing("infra")
    assert rule.requesters.clients == {"helm-test"}
    assert (rule.requesters.anyone, rule.approvals, rule.v1) == (False, 0, False)
    assert str(rule.ports) == "3343"


def test_the_bot_knows_the_tokens_and_what_they_may(chart: Chart, tmp_path: Path) -> None:
    rendered = chart.render({})
    path = tmp_path / "tokens.yaml"
    path.write_text(rendered.secret("pod-proxier-tokens", "tokens.yaml"))
    path.chmod(0o440)
    source = TokenSource(path)
    known = {key: source.find(rendered.secret("pod-proxier-tokens", key)) for key in ("token", "helm-test-token")}
    may = {key: {str(scope) for scope in token.scopes} for key, token in known.items() if token}
    assert may == {"token": {"read", "request", "operate"}, "helm-test-token": {"read", "request"}}
