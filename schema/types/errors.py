"""Expected failures: one code each, with the sentence that a person reads.

A service raises `Refused`; the schema turns it into a `Refusal` where a mutation
declares one, and into an error with the same `code` elsewhere.
"""

from __future__ import annotations

import enum

import strawberry
from graphql import GraphQLError

from scoring.dated import Text


@strawberry.type(description="The same words in Chinese and English.")
class LocalText:
    """GraphQL form of `scoring.scheme.Text`."""

    zh: str
    en: str

    @classmethod
    def of(cls, text: Text) -> LocalText:
        return cls(zh=text.zh, en=text.en)


@strawberry.enum(description="Why a request was refused. Codes are stable; sentences may improve.")
class RefusalCode(enum.Enum):
    """Every expected failure of the API."""

    NOT_SIGNED_IN = "NOT_SIGNED_IN"
    FORBIDDEN = "FORBIDDEN"
    SCOPE_MISSING = "SCOPE_MISSING"
    NOT_FOUND = "NOT_FOUND"
    BAD_INPUT = "BAD_INPUT"
    CONFLICT = "CONFLICT"
    KEY_REUSED = "KEY_REUSED"
    TOO_SLOW = "TOO_SLOW"
    TOO_MUCH = "TOO_MUCH"
    UNTRUSTED = "UNTRUSTED"
    NAME_INVALID = "NAME_INVALID"
    ID_LENGTH = "ID_LENGTH"
    ID_FIFTEEN = "ID_FIFTEEN"
    ID_CHARACTERS = "ID_CHARACTERS"
    ID_REGION = "ID_REGION"
    ID_BIRTH_DATE = "ID_BIRTH_DATE"
    ID_CHECK_DIGIT = "ID_CHECK_DIGIT"
    UNDER_AGE = "UNDER_AGE"
    PHONE_INVALID = "PHONE_INVALID"
    NO_CHANNEL = "NO_CHANNEL"
    CONSENT_OUTDATED = "CONSENT_OUTDATED"
    REGISTER_MISMATCH = "REGISTER_MISMATCH"
    ALREADY_BOUND = "ALREADY_BOUND"
    SECOND_ACCOUNT = "SECOND_ACCOUNT"
    TOO_MANY_TRIES = "TOO_MANY_TRIES"
    DAILY_LIMIT = "DAILY_LIMIT"
    CODE_WRONG = "CODE_WRONG"
    CODE_EXPIRED = "CODE_EXPIRED"
    NOT_ENROLLED = "NOT_ENROLLED"
    NOT_OPTIONAL = "NOT_OPTIONAL"
    BENEFIT_NOT_OPEN = "BENEFIT_NOT_OPEN"
    RECORD_NOT_DISPUTABLE = "RECORD_NOT_DISPUTABLE"
    DISPUTE_OPEN = "DISPUTE_OPEN"
    DISPUTE_CLOSED = "DISPUTE_CLOSED"
    DISPUTE_WITHDRAWN_OFTEN = "DISPUTE_WITHDRAWN_OFTEN"
    DISPUTE_DECIDED = "DISPUTE_DECIDED"
    DEADLINE_PASSED = "DEADLINE_PASSED"
    WORDS_NEEDED = "WORDS_NEEDED"
    WORDS_TOO_LONG = "WORDS_TOO_LONG"
    WORDS_UNFILLED = "WORDS_UNFILLED"
    NOTHING_ASKED = "NOTHING_ASKED"
    EXTENDED_ALREADY = "EXTENDED_ALREADY"
    NO_APPEAL = "NO_APPEAL"
    NOT_DECIDED = "NOT_DECIDED"
    PHOTO_GONE = "PHOTO_GONE"
    PHOTO_NOT_NOW = "PHOTO_NOT_NOW"
    PHOTO_TOO_LARGE = "PHOTO_TOO_LARGE"
    PHOTO_NOT_READ = "PHOTO_NOT_READ"
    PHOTO_UNSAFE = "PHOTO_UNSAFE"
    TOO_MANY_PHOTOS = "TOO_MANY_PHOTOS"
    CASE_TAKEN = "CASE_TAKEN"
    CASE_NOT_HELD = "CASE_NOT_HELD"
    FOUR_EYES = "FOUR_EYES"
    OUTCOME_CHANGED = "OUTCOME_CHANGED"
    PERSON_UNKNOWN = "PERSON_UNKNOWN"
    NOT_REPAIRABLE = "NOT_REPAIRABLE"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    SIGN_IN_NOT_NOW = "SIGN_IN_NOT_NOW"


_TEXTS: dict[str, tuple[str, str]] = {
    "NOT_SIGNED_IN": (
        "请先绑定身份或登录，再试一次。",
        "Please bind your identity or sign in, then try again.",
    ),
    "FORBIDDEN": ("您没有做这件事的权限。", "You are not allowed to do this."),
    "SCOPE_MISSING": (
        "这把接口密钥没有“{scope}”权限。请向主管部门申请带此权限的密钥。",
        "This API key lacks the scope {scope}. Ask the office for a key that has it.",
    ),
    "NOT_FOUND": ("没有找到。请核对编号后再试。", "Not found. Please check the number and try again."),
    "BAD_INPUT": ("填写的内容有误：{detail}", "The input is not usable: {detail}"),
    "CONFLICT": ("内容刚刚有变化，请刷新后再试。", "This has just changed; please reload and try again."),
    "KEY_REUSED": (
        "这个幂等键已用于另一个请求，请换一个。",
        "This idempotency key was used for another request; choose a new one.",
    ),
    "TOO_SLOW": ("这次处理超时了，请稍后再试。", "This took too long. Please try again."),
    "TOO_MUCH": (
        "请求太多，请{seconds}秒后再试。",
        "Too many requests; please try again in {seconds} seconds.",
    ),
    "UNTRUSTED": (
        "这里只接受已登记的操作，请发送操作的编号。",
        "Only registered operations are accepted here; send the id of one.",
    ),
    "NAME_INVALID": (
        "姓名请填证件上的全名（2到50个字，不含数字）。例如：陈小萤",
        "Please give the full name on your ID document (2 to 50 letters, no digits).",
    ),
    "ID_LENGTH": (
        "这是{length}位，应为18位（最后一位可能是X）。",
        "That has {length} characters; it should have 18 (the last may be X).",
    ),
    "ID_FIFTEEN": (
        "15位的旧号码已停用，请填写18位公民身份号码。",
        "The old 15-digit numbers are retired; please give the 18-digit number.",
    ),
    "ID_CHARACTERS": (
        "身份号码只含数字，最后一位可能是X。",
        "An ID number has only digits; the last character may be X.",
    ),
    "ID_REGION": (
        "这个号码的前两位不是有效的地区代码，请对照证件核对。",
        "The first two digits are no valid region; please compare with your document.",
    ),
    "ID_BIRTH_DATE": (
        "这个号码里的出生日期不对，请对照证件核对。",
        "The birth date inside this number is not valid; please compare with your document.",
    ),
    "ID_CHECK_DIGIT": (
        "这个号码的校验位不对，可能有一位输错了。请对照证件核对。",
        "The check digit does not fit: one digit may be mistyped. Please compare with your document.",
    ),
    "UNDER_AGE": (
        "年满18周岁才能开通。未满18周岁不影响使用任何公共服务。",
        "You can join from the age of 18. Until then every public service is open to you as before.",
    ),
    "PHONE_INVALID": (
        "手机号应为11位，以1开头。例如：13900001234",
        "A mobile number has 11 digits and starts with 1, such as 13900001234.",
    ),
    "NO_CHANNEL": (
        "绑定需要从公众号或小程序进入。",
        "Binding starts from the public account or the mini-program.",
    ),
    "CONSENT_OUTDATED": (
        "授权书已更新，请先阅读新的版本。",
        "The consent text has a new version; please read it first.",
    ),
    "REGISTER_MISMATCH": (
        "姓名、号码与手机号没有能对上的登记。请对照证件和实名手机号再试；新近落户的，登记可能要等几天。",
        "Name, number and phone do not match the register together. Please compare with your "
        "document and your registered phone; if you have just moved, the register may lag a few days.",
    ),
    "ALREADY_BOUND": (
        "这个微信已经绑定了身份。要换人请先【解绑】。",
        "This account is bound already. To change the person, unlink first.",
    ),
    "SECOND_ACCOUNT": (
        "您已在另一个微信上绑定。请在那里先【解绑】，再在这里绑定。",
        "You are bound on another account already. Unlink there first, then bind here.",
    ),
    "TOO_MANY_TRIES": (
        "尝试次数过多，请{minutes}分钟后再试。",
        "Too many tries; please try again in {minutes} minutes.",
    ),
    "DAILY_LIMIT": (
        "今天这项操作已经做了很多次，请明天再试。",
        "This was done many times today. Please try again tomorrow.",
    ),
    "CODE_WRONG": (
        "验证码不对，还可以试{left}次。请看最新的一条短信。",
        "That code is not right; {left} tries left. Please look at the newest message.",
    ),
    "CODE_EXPIRED": (
        "验证码已过期，请回复【重发】。",
        "The code has expired; reply “resend” for a new one.",
    ),
    "NOT_ENROLLED": (
        "您还没有开通，请先绑定身份。",
        "You have not joined yet; please bind your identity first.",
    ),
    "NOT_OPTIONAL": (
        "这一项不是可选项目，不能关闭；对记录有疑问请用【异议】。",
        "This item is not optional; to question a record, dispute it.",
    ),
    "BENEFIT_NOT_OPEN": (
        "这项优惠现在还用不了，普通渠道照常可用：{route}",
        "This benefit is not open to you yet; the ordinary route is: {route}",
    ),
    "RECORD_NOT_DISPUTABLE": (
        "这条记录目前没有影响，不需要异议。",
        "This record has no effect at present, so there is nothing to dispute.",
    ),
    "DISPUTE_OPEN": (
        "这条记录已有一个进行中的异议（{number}），回复【进度】查看。",
        "There is an open dispute about this record already ({number}); see its status.",
    ),
    "DISPUTE_CLOSED": ("这个异议已经结束，不能再更改。", "This dispute has ended and cannot be changed."),
    "DISPUTE_WITHDRAWN_OFTEN": (
        "这条记录的异议已经撤回过{most}次，不能再提。如有新的情况，请回复【人工】。",
        "Disputes about this record were withdrawn {most} times; no other can be filed. Ask for a person if need be.",
    ),
    "DISPUTE_DECIDED": (
        "这条记录的异议（{number}）已有答复：记录属实。对答复不服，30天内可以回复【复核】一次，由其他人员办理。",
        "The dispute about this record ({number}) was decided: it stands. Within 30 days you may appeal once.",
    ),
    "DEADLINE_PASSED": (
        "答复期限已过，这个异议将按市民的主张处理。",
        "The deadline has passed; this dispute is being decided in the citizen's favour.",
    ),
    "WORDS_NEEDED": ("请用自己的话说明原因。", "Please explain in your own words."),
    "WORDS_TOO_LONG": (
        "说明最多{most}字，现在是{length}字，请精简后再发。",
        "At most {most} characters; this has {length}. Please shorten it.",
    ),
    "WORDS_UNFILLED": (
        "模板里还有没填的空：{gap}",
        "The template still has a gap to fill: {gap}",
    ),
    "EXTENDED_ALREADY": (
        "期限只能延长一次，且不超过20天。",
        "A deadline is extended once, and never past twenty days.",
    ),
    "NOTHING_ASKED": (
        "这个异议现在不需要补充材料，回复【进度】查看。",
        "Nothing is asked about this dispute at present; see its status.",
    ),
    "NO_APPEAL": (
        "这个异议不能复核：只有维持原记录的答复，在30天内可以复核一次。",
        "This cannot be appealed: only a decision that left the record standing, within 30 days, and once.",
    ),
    "NOT_DECIDED": (
        "这个异议还没有答复，答复后才有答复书。",
        "This dispute is not decided yet; the letter comes with the decision.",
    ),
    "PHOTO_GONE": (
        "没有取到这张照片，平台只保存三天。请再发一次。",
        "The photo could not be fetched; the platform keeps it for three days. Please send it again.",
    ),
    "PHOTO_NOT_NOW": (
        "现在没能收下这张照片，请过一分钟再发一次。前面填的都还在。",
        "The photo could not be taken just now. Please send it again in a minute; nothing else is lost.",
    ),
    "PHOTO_TOO_LARGE": (
        "文件最大20MB，请压缩或截取需要的部分再发。",
        "A file may have 20 MB at most. Please send it smaller, or only the part that matters.",
    ),
    "PHOTO_UNSAFE": (
        "这个文件没有通过安全检查，没有收下。请重新拍一张照片，或发一张截图。",
        "This file did not pass the security check and was not kept. Take a new photo, or send a screenshot.",
    ),
    "PHOTO_NOT_READ": (
        "这个文件读不了，请拍成照片（JPEG或PNG）再发一次。",
        "This file could not be read. Please send it as a photo (JPEG or PNG).",
    ),
    "TOO_MANY_PHOTOS": (
        "一个异议最多{most}张照片。",
        "A dispute may have {most} photos at most.",
    ),
    "CASE_TAKEN": ("这个案件已由同事受理。", "A colleague has this case already."),
    "CASE_NOT_HELD": ("请先受理这个案件。", "Please claim this case first."),
    "FOUR_EYES": (
        "这一步要由另一位同事来办：{why}",
        "Another person has to do this: {why}",
    ),
    "OUTCOME_CHANGED": (
        "现在等待批准的不是您看到的那个结果。请看过新的处理意见再批准。",
        "What waits for approval is another outcome than the one you name. Please read it before you approve.",
    ),
    "PERSON_UNKNOWN": (
        "还没有登记账号 {account} 是谁在用，所以现在不能办理。请管理员运行：egret staff person {account}",
        "It is not on record who works as {account}, so this cannot be done yet. "
        "An administrator runs: egret staff person {account}",
    ),
    "NOT_REPAIRABLE": (
        "这条记录现在不能修复（{reason}），最早可修复日：{earliest}。",
        "This record cannot be repaired now ({reason}); earliest day: {earliest}.",
    ),
    "SIGN_IN_FAILED": (
        "登录没有成功：账号、密码或登录凭证不对，请重新登录。",
        "Signing in failed: the account, the password or the login code is not right; please try again.",
    ),
    "SIGN_IN_NOT_NOW": (
        "暂时登录不了，不是您的操作有误。请过一分钟再试。",
        "Signing in does not work just now, for no fault of yours. Please try again in a minute.",
    ),
}


def sentence_of(code: RefusalCode, language: str) -> str:
    """The sentence of a code in `zh` or `en`, its blanks unfilled."""
    zh, en = _TEXTS[code.value]
    return en if language == "en" else zh


class Refused(Exception):  # noqa: N818 - it is an outcome, not a fault
    """A request cannot be granted; `code` is stable and `details` fill the sentence."""

    def __init__(
        self,
        code: RefusalCode,
        *,
        field: str | None = None,
        retry_after: int | None = None,
        **details: str | int | Text,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.field = field
        self.retry_after = retry_after
        self.details = details

    def sentence(self, language: str) -> str:
        """The sentence in `zh` or `en`."""
        values = {k: v.in_language(language) if isinstance(v, Text) else v for k, v in self.details.items()}
        return sentence_of(self.code, language).format(**values)


@strawberry.type(description="A request that was refused: what happened, why, and what to do.")
class Refusal:
    """GraphQL form of `Refused`."""

    code: RefusalCode
    message: LocalText
    field: str | None = strawberry.field(description="The input that the refusal is about.")
    retry_after: int | None = strawberry.field(description="Seconds to wait before another try.")

    @classmethod
    def of(cls, refused: Refused) -> Refusal:
        return cls(
            code=refused.code,
            message=LocalText(zh=refused.sentence("zh"), en=refused.sentence("en")),
            field=refused.field,
            retry_after=refused.retry_after,
        )


def as_error(refused: Refused) -> GraphQLError:
    """The same refusal as a GraphQL error, for fields that declare no `Refusal`."""
    return GraphQLError(refused.sentence("en"), extensions={"code": refused.code.value})
