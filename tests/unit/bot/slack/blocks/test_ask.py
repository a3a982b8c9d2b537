from typing import Any, cast

from bot.slack import forms
from bot.slack.blocks.ask import form_view
from bot.slack.blocks.message import Block
from bot.slack.forms import Form
from core.domain.policy import Rule
from core.services.suggestions import Offer
from tests.golden import moments as at
from tests.golden.problems import pod


def why(rule: Rule) -> dict[str, Any]:
    """The field for the reason."""
    view = form_view(Form(pod="payments/api-0"), Offer(pod("api-0"), rule))
    blocks = cast("list[Block]", view["blocks"])
    return next(block for block in blocks if block.get("block_id") == forms.REASON)


def test_a_reason_may_be_left_out() -> None:
    assert why(at.RULE)["optional"]


def test_a_reason_that_the_rule_wants_is_required_and_says_what_it_names() -> None:
    field = why(at.TICKET)
    assert not field["optional"]
    assert field["hint"]["text"] == "required; names a ticket, such as OPS-4711"
    assert field["element"]["placeholder"]["text"] == "order 4711 hangs OPS-4711"
