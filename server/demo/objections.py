"""What the demo's people say is wrong, each in words that fit the reason, whatever record it is about."""

from __future__ import annotations

from datetime import date, timedelta

from schema.types.complaint import Complaint, DataError, MissingRecord, ServiceRating, WrongComputation
from scoring.disputes import DataAspect, DisputeReason
from scoring.scheme import Scheme

OBJECTIONS: tuple[tuple[DisputeReason, str], ...] = (
    (DisputeReason.NOT_MINE, "这件事不是我做的，文书上的名字跟我一样，但不是我，请核对证件号。"),
    (DisputeReason.WRONG_FACTS, "文书上写的那天我在外地出差，有车票和考勤记录，事实跟写的不一样。"),
    (DisputeReason.ALREADY_FULFILLED, "该交的钱当月就交清了，附上缴款回单，请核对后更正。"),
    (DisputeReason.DUPLICATE_OR_EXPIRED, "同一件事报了两次，另一条去年已经处理过，这条不该再留着。"),
    (DisputeReason.NOT_MINE, "我的身份证去年丢过，已经报警补办，这应该是别人冒用的。"),
    (DisputeReason.WRONG_FACTS, "发生日期写错了，比实际晚了一年，麻烦查一下原始文书。"),
    (DisputeReason.ALREADY_FULFILLED, "已经按决定书的要求办完了，单位也开了证明。"),
)


def complaints(scheme: Scheme, today: date) -> tuple[tuple[Complaint, str], ...]:
    """What people say besides, about no record, each with its words."""
    before = today - timedelta(days=12)
    rule = next(rule for rule in scheme.rules if rule.optional)
    return (
        (
            MissingRecord(rule.sources[0], rule.code, before),
            f"{before.month}月的“{rule.label.zh}”一直没有记上来，单位说已经报了。",
        ),
        (WrongComputation(today), "我自己按明细加了一遍，跟总分对不上，请核算一下。"),
        (ServiceRating(2, None), "打了两次电话都说要等，没有人回。"),
        (DataError(DataAspect.PHONE), "手机号上个月换了，登记的还是旧的。"),
    )
