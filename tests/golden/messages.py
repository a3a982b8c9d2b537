"""Every message there is, by what kind it is of."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final, TypeAlias

from bot.slack.blocks import answers, brakes, direct, entries
from bot.slack.blocks.card import card
from bot.slack.blocks.message import Message
from core.domain.freezing import Freeze
from core.domain.living import stamp
from core.domain.mapping import IN_PERSON, NOWHERE, Extension, Place
from core.domain.notices import Facts, Topic
from core.domain.people import GroupId, UserId
from core.domain.policy import NOTHING, Policy, PortSet, Principals, Rule
from core.domain.sources import Sources
from core.services.brakes import Stopped
from core.services.queries import Help, Row, StandingRow
from tests.golden import moments as at
from tests.golden import problems
from tests.golden.bulletins import bulletins
from tests.golden.moments import scene

Group: TypeAlias = Mapping[str, Message]
BY_BOB: Final[Facts] = {"by": str(at.BOB)}
BY_CAROL: Final[Facts] = {"by": str(at.CAROL)}
MORE: Final[Facts] = {"by": str(at.BOB), "more": "1h"}
UNTIL: Final[Facts] = {"until": stamp(at.NOW + 2 * at.HOUR)}
ENDED: Final[Facts] = {"by_gateway": 0, "at": stamp(at.NOW)}
AMENDED: Final[Facts] = {
    "by": str(at.BOB),
    "ttl": "30m",
    "ttl_before": "2h",
    "sources": "10.1.2.3",
    "sources_before": "10.1.2.0/24",
    "port": 5005,
    "port_before": 8080,
}
BY_CI: Final[Facts] = {"by": str(at.CI), "target": "payments/db-0:5432"}
REVOKED: Final[Facts] = {**BY_CAROL, "why": "a <token> leaks"}
FORBIDDEN: Final[Facts] = {"why": at.FORBIDDEN.forbidden, "operators": "S0OPS UCAROL"}
FREEZE: Final = Freeze(at.CAROL, at.NOW, "a <token> leaks")
UNSEEN: Final = {"approvers_channel": None}
OVER_REST: Final = at.later(at.REQUESTED, place=IN_PERSON, **UNSEEN)
IN_PRIVATE: Final = at.later(at.REQUESTED, place=Place("D1", direct=True))


def cards() -> Group:
    return {
        "requested": card(scene(at.REQUESTED)),
        "requested, the copy's first post": card(scene(at.REQUESTED), copy=True, mention="S0OPS"),
        "requested, the copy after it": card(scene(at.REQUESTED), copy=True),
        "requested in a direct message, the copy": card(scene(IN_PRIVATE), copy=True, mention="here"),
        "requested, one of two approvals": card(scene(at.later(at.REQUESTED, votes=at.VOTES[:1]), at.TWO)),
        "requested, an approval counts no longer": card(scene(at.VOID, at.TWO)),
        "requested, of two sets of approvers": card(scene(at.REQUESTED, at.SETS)),
        "requested, one of two sets is missing": card(scene(at.later(at.REQUESTED, votes=at.VOTES[:1]), at.SETS)),
        "requested, with a ticket": card(scene(at.later(at.REQUESTED, reason="<PAY-42> & co hang"), at.TICKET)),
        "requested, sensitive": card(scene(at.REQUESTED, at.SENSITIVE)),
        "open, sensitive": card(scene(at.OPEN, at.SENSITIVE)),
        "open, sensitive, more time asked for": card(scene(at.ASKED_FOR_MORE, at.SENSITIVE)),
        "closed, sensitive": card(scene(at.CLOSED, at.SENSITIVE)),
        "requested, changed by an approver": card(scene(at.AMENDED)),
        "open, changed by an approver": card(scene(at.later(at.OPEN, amendment=at.AMENDED.amendment))),
        "requested, nobody can approve": card(scene(at.UNREACHABLE, operators=at.OPERATORS)),
        "requested, nobody of a set can approve": card(scene(at.later(at.REQUESTED, unreachable="security"), at.SETS)),
        "approved": card(scene(at.APPROVED)),
        "approved, the gateway away": card(scene(at.AWAY)),
        "approved, the pod refuses": card(scene(at.REFUSED_PROBE)),
        "approved, the pod is silent": card(scene(at.SILENT_PROBE)),
        "open": card(scene(at.OPEN)),
        "open, not tried, no approval, no reason": card(scene(at.NOT_TRIED)),
        "open for seconds": card(scene(at.SHORT)),
        "open, not permitted any more": card(scene(at.FORBIDDEN)),
        "open, extended in the row, not yet in the gateway": card(scene(at.EXTENDED)),
        "open, at its longest": card(scene(at.AT_ITS_LONGEST)),
        "open, no rule any more": card(scene(at.OPEN, NOTHING)),
        "open, more time asked for": card(scene(at.ASKED_FOR_MORE, at.TWO)),
        "open, one agreed to more time": card(scene(at.AGREED_BY_ONE, at.TWO)),
        "closing, time ran out": card(scene(at.EXPIRING)),
        "closing, by somebody": card(scene(at.CLOSING_BY_BOB)),
        "closing, could not be opened": card(scene(at.GIVEN_UP)),
        "closed, time ran out": card(scene(at.CLOSED)),
        "closed, the gateway restarted meanwhile": card(scene(at.CLOSED_BY_GATEWAY)),
        "closed by its requester": card(scene(at.CLOSED_BY_ALICE)),
        "closed by somebody else": card(scene(at.CLOSED_BY_BOB)),
        "closed, the pod is gone": card(scene(at.POD_GONE)),
        "closed, revoked": card(scene(at.REVOKED)),
        "refused, revoked": card(scene(at.REVOKED_REQUEST)),
        "closed, the port is gone": card(scene(at.PORT_GONE)),
        "failed": card(scene(at.FAILED)),
        "failed, closed before it was open": card(scene(at.CLOSED_UNOPENED)),
        "denied": card(scene(at.DENIED)),
        "withdrawn": card(scene(at.WITHDRAWN)),
        "lapsed": card(scene(at.LAPSED)),
        "refused": card(scene(at.REFUSED)),
        "requested by a client, in the approvers' channel": card(scene(at.ASKED_BY_CI), mention="here"),
        "requested over REST by a person, the copy": card(scene(OVER_REST), copy=True),
        "open for a client": card(scene(at.OPEN_FOR_CI)),
        "open for a client, more time asked for": card(
            scene(at.later(at.OPEN_FOR_CI, extension=Extension(at.HOUR, at.CI, at.NOW)), at.TWO)
        ),
        "closed, replaced": card(scene(at.REPLACED)),
        "closed, replaced, of a client": card(scene(at.REPLACED_BY_BOB)),
    }


def replies() -> Group:
    stalled: Facts = {"probe": "refused", "endpoint": "10.244.1.7:5005"}
    moved: Facts = {"from": "10.244.1.7:5005", "to": "10.244.2.9:5005"}
    refused: Facts = {"10.9.9.9": 3, "10.9.9.10": 1}
    elsewhere: Facts = {"203.0.113.7": 1}
    return {
        "approved": entries.entry(scene(at.later(at.REQUESTED, votes=at.VOTES), at.TWO), Topic.APPROVED, BY_BOB),
        "approved, another counts no longer": entries.entry(scene(at.VOID, at.TWO), Topic.APPROVED, BY_CAROL),
        "amended": entries.entry(scene(at.AMENDED), Topic.AMENDED, AMENDED),
        "amended, of a client": entries.entry(scene(at.later(at.AMENDED, requester=at.CI)), Topic.AMENDED, AMENDED),
        "granted": entries.entry(scene(at.APPROVED), Topic.GRANTED, BY_BOB),
        "denied": entries.entry(scene(at.DENIED), Topic.DENIED, BY_BOB),
        "withdrawn": entries.entry(scene(at.WITHDRAWN), Topic.WITHDRAWN, {"by": str(at.ALICE)}),
        "withdrawn by an operator": entries.entry(scene(at.WITHDRAWN_BY_CAROL), Topic.WITHDRAWN, BY_CAROL),
        "reminder": entries.entry(scene(at.REQUESTED), Topic.REMINDER, {}),
        "reminder that calls a group": entries.entry(scene(at.REQUESTED, at.CALLING), Topic.REMINDER, {}),
        "lapsed": entries.entry(scene(at.LAPSED), Topic.LAPSED, {}),
        "refused": entries.entry(scene(at.REFUSED), Topic.REFUSED, {"why": "was deleted"}),
        "stalled, refused": entries.entry(scene(at.REFUSED_PROBE), Topic.STALLED, stalled),
        "stalled, silent": entries.entry(scene(at.SILENT_PROBE), Topic.STALLED, {**stalled, "probe": "silent"}),
        "opened": entries.entry(scene(at.OPEN), Topic.OPENED, {"port": 10_004, **UNTIL}),
        "opened, not tried": entries.entry(scene(at.NOT_TRIED), Topic.OPENED, {"port": 10_004, **UNTIL}),
        "moved": entries.entry(scene(at.OPEN), Topic.MOVED, moved),
        "warning": entries.entry(scene(at.OPEN), Topic.WARNING, UNTIL),
        "warning, no more time": entries.entry(scene(at.AT_ITS_LONGEST), Topic.WARNING, UNTIL),
        "extension asked": entries.entry(scene(at.ASKED_FOR_MORE, at.TWO), Topic.EXTENSION_ASKED, MORE),
        "extension approved": entries.entry(scene(at.AGREED_BY_ONE, at.TWO), Topic.EXTENSION_APPROVED, MORE),
        "extension denied": entries.entry(scene(at.OPEN), Topic.EXTENSION_DENIED, MORE),
        "extended": entries.entry(scene(at.OPEN), Topic.EXTENDED, {**UNTIL, "by": "1h"}),
        "interrupted": entries.entry(scene(at.OPEN), Topic.INTERRUPTED, {}),
        "callers refused": entries.entry(scene(at.OPEN), Topic.CALLERS_REFUSED, refused),
        "callers refused whom the rule does not permit": entries.entry(
            scene(at.OPEN), Topic.CALLERS_REFUSED, elsewhere
        ),
        "ended, time ran out": entries.entry(scene(at.CLOSED), Topic.ENDED, ENDED),
        "ended while away": entries.entry(scene(at.CLOSED_BY_GATEWAY), Topic.ENDED, {**ENDED, "by_gateway": 1}),
        "ended by its requester": entries.entry(scene(at.CLOSED_BY_ALICE), Topic.ENDED, ENDED),
        "ended by somebody else": entries.entry(scene(at.CLOSED_BY_BOB), Topic.ENDED, ENDED),
        "ended, the pod is gone": entries.entry(scene(at.POD_GONE), Topic.ENDED, ENDED),
        "ended, the port is gone": entries.entry(scene(at.PORT_GONE), Topic.ENDED, ENDED),
        "ended, replaced": entries.entry(scene(at.REPLACED), Topic.ENDED, ENDED),
        "ended, replaced, of a client": entries.entry(scene(at.REPLACED_BY_BOB), Topic.ENDED, ENDED),
        "replaced": entries.entry(scene(at.REPLACED), Topic.REPLACED, BY_CI),
        "ended, revoked": entries.entry(scene(at.REVOKED), Topic.ENDED, ENDED),
        "forbidden": entries.entry(scene(at.FORBIDDEN), Topic.FORBIDDEN, FORBIDDEN),
        "revoked": entries.entry(scene(at.REVOKED_REQUEST), Topic.REVOKED, REVOKED),
        "lapsed, of a client": entries.entry(scene(at.later(at.LAPSED, requester=at.CI)), Topic.LAPSED, {}),
        "warning, for a client": entries.entry(scene(at.OPEN_FOR_CI), Topic.WARNING, UNTIL),
        "failed, of a client": entries.entry(scene(at.later(at.GIVEN_UP, requester=at.CI)), Topic.FAILED, ENDED),
        "failed": entries.entry(scene(at.GIVEN_UP), Topic.FAILED, ENDED),
        "failed, closed before it was open": entries.entry(scene(at.CLOSED_UNOPENED), Topic.FAILED, ENDED),
    }


def direct_messages() -> Group:
    return {
        "amended": direct.direct(scene(at.AMENDED), Topic.AMENDED, AMENDED),
        "granted": direct.direct(scene(at.APPROVED), Topic.GRANTED, BY_BOB),
        "opened": direct.direct(scene(at.OPEN), Topic.OPENED, {"port": 10_004}),
        "denied": direct.direct(scene(at.DENIED), Topic.DENIED, BY_BOB),
        "withdrawn": direct.direct(scene(at.WITHDRAWN_BY_CAROL), Topic.WITHDRAWN, BY_CAROL),
        "lapsed": direct.direct(scene(at.LAPSED), Topic.LAPSED, {}),
        "ended": direct.direct(scene(at.CLOSING_BY_BOB), Topic.ENDED, BY_BOB),
        "ended before it was open": direct.direct(scene(at.CLOSED_UNOPENED), Topic.ENDED, BY_BOB),
        "extension denied": direct.direct(scene(at.OPEN), Topic.EXTENSION_DENIED, MORE),
        "another topic": direct.direct(scene(at.OPEN), Topic.INTERRUPTED, {}),
        "invite": direct.invite(scene(at.REQUESTED), "CPAY"),
        "invite, asked in a direct message": direct.invite(scene(IN_PRIVATE), "DALICE"),
        "invite, asked over REST": direct.invite(scene(OVER_REST), "DALICE"),
        "granted, asked over REST": direct.direct(scene(at.later(at.APPROVED, place=IN_PERSON)), Topic.GRANTED, BY_BOB),
        "replaced": direct.direct(scene(at.REPLACED), Topic.REPLACED, BY_CI),
        "revoked": direct.direct(scene(at.REVOKED), Topic.REVOKED, REVOKED),
        "replaced, nowhere shown": direct.direct(scene(at.later(at.REPLACED, place=NOWHERE)), Topic.REPLACED, BY_BOB),
        "undelivered": direct.undelivered(scene(at.CLOSED), Topic.ENDED, "is_archived"),
    }


def answers_to_commands_and_clicks() -> Group:
    voted = at.later(at.REQUESTED, votes=at.VOTES[:1])
    return {
        "requested": answers.requested(scene(at.REQUESTED), known=False),
        "requested, nobody can approve": answers.requested(scene(at.UNREACHABLE, operators=at.OPERATORS), known=False),
        "requested in a direct message": answers.requested(scene(IN_PRIVATE), known=False),
        "requested, no approval needed": answers.requested(scene(at.APPROVED), known=False),
        "requested, waits already": answers.requested(scene(at.REQUESTED), known=True),
        "requested, open already": answers.requested(scene(at.OPEN), known=True),
        "requested, opening already": answers.requested(scene(at.REFUSED_PROBE), known=True),
        "approved, one of two": answers.approved(scene(voted, at.TWO)),
        "approved, another counts no longer": answers.approved(scene(at.VOID, at.TWO)),
        "approved": answers.approved(scene(at.APPROVED)),
        "amended": answers.amended(scene(at.AMENDED)),
        "frozen": brakes.stopped(Stopped(FREEZE, [at.REVOKED, at.REVOKED_REQUEST], known=False)),
        "frozen before": brakes.stopped(Stopped(replace(FREEZE, reason=""), [], known=True)),
        "thawed": brakes.thawed(FREEZE),
        "thawed, nothing was frozen": brakes.thawed(None),
        "revoked all": brakes.revoked([at.REVOKED] * 22, None),
        "revoked all of a namespace": brakes.revoked([at.REVOKED_REQUEST], "payments"),
        "revoked all, nothing was there": brakes.revoked([], "payments"),
        "denied": answers.denied(scene(at.DENIED)),
        "closing": answers.closing(scene(at.CLOSING_BY_BOB)),
        "closing, withdrawn": answers.closing(scene(at.WITHDRAWN)),
        "closing, denied": answers.closing(scene(at.DENIED)),
        "closing, shown nowhere": answers.closing(scene(at.later(at.CLOSING_BY_BOB, place=NOWHERE, **UNSEEN))),
        "denied, of a client": answers.denied(scene(at.later(at.DENIED, requester=at.CI))),
        "extending, shown nowhere": answers.extending(
            scene(at.later(at.EXTENDED, place=NOWHERE, **UNSEEN)), at.OPEN_FOR_CI
        ),
        "extending": answers.extending(scene(at.EXTENDED), at.OPEN),
        "extending, others must agree": answers.extending(scene(at.ASKED_FOR_MORE, at.TWO), at.OPEN),
        "retrying": answers.retrying(scene(at.APPROVED)),
        "extension approved, one of two": answers.extension_approved(scene(at.AGREED_BY_ONE, at.TWO)),
        "extension approved": answers.extension_approved(scene(at.EXTENDED)),
        "extension denied": answers.extension_denied(scene(at.OPEN)),
    }


def lists() -> Group:
    theirs = at.later(at.AWAY, id=43, requester=at.BOB, port=10_005)
    rows = [Row(at.OPEN), Row(at.REQUESTED), Row(theirs, hidden=True), Row(at.EXPIRING)]
    at_rest = replace(at.STANDING, port=9003, endpoint=None)
    leaving = replace(at.STANDING, port=9002, leaving=True)
    standing = [*map(StandingRow, (at.STANDING, leaving, at_rest)), StandingRow(at.STANDING, hidden=True)]
    return {
        "nothing of mine": answers.listing([], at.HOST, at.NOW, everything=False),
        "nothing at all": answers.listing([], at.HOST, at.NOW, everything=True),
        "mine": answers.listing(rows[:2], at.HOST, at.NOW, everything=False),
        "all": answers.listing(rows, at.HOST, at.NOW + timedelta(seconds=7150), everything=True),
        "all, one of them not permitted any more": answers.listing(
            [Row(at.FORBIDDEN)], at.HOST, at.NOW, everything=True
        ),
        "all, and Services": answers.listing(rows[:1], at.HOST, at.NOW, everything=True, services=standing),
        "frozen": answers.listing(rows[:1], at.HOST, at.NOW, everything=False, freeze=FREEZE),
        "frozen, nothing of mine": answers.listing([], at.HOST, at.NOW, everything=False, freeze=FREEZE),
        "Services alone": answers.listing([], at.HOST, at.NOW, everything=True, services=standing[:1]),
    }


def help_texts() -> Group:
    strict = Rule(
        ("payments", "billing"),
        approvals=2,
        ports=PortSet(frozenset({"debug"}), ((8000, 8010),)),
        source_required=True,
        reason_required=True,
        ticket=at.TICKET.ticket,
        sources=Sources.parse("192.168.0.0/16"),
    )
    loose = Rule(("dev-*", "*"), approvals=0)
    operators = Principals(users=frozenset({UserId("UCAROL")}), groups=frozenset({GroupId("S0OPS")}))
    policy = Policy((strict, loose), operators)
    nothing = Policy((replace(strict, requesters=operators),), operators)
    return {
        "of somebody": answers.help_text(Help(policy, ["billing", "payments"], operator=False), at.ALICE),
        "of an operator": answers.help_text(Help(Policy((loose,), operators), [], operator=True), at.CAROL),
        "of whom nothing is permitted": answers.help_text(Help(nothing, [], operator=False), at.ALICE),
    }


GROUPS: Final[Mapping[str, Callable[[], Group]]] = {
    "cards": cards,
    "entries": replies,
    "direct": direct_messages,
    "answers": answers_to_commands_and_clicks,
    "lists": lists,
    "help": help_texts,
    "bulletins": bulletins,
    "problems": problems.problems,
}
