"""The meaning of a service's error, from its status, codes and sentence together.

A code takes precedence over a sentence, a statement about money over a rate, and a rate over a
quota, a word that some services use for both. Words are in lower case, codes also without marks.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from orchestration.providers.http.error_bodies import ErrorBody, plain


class Meaning(StrEnum):
    """The meaning of an error, beyond its status."""

    NO_CREDIT = "no_credit"
    REJECTED = "rejected"
    RATE_LIMITED = "rate_limited"
    WRONG_KEY = "wrong_key"
    TOO_LONG = "too_long"
    NO_MODEL = "no_model"


Words = Mapping[Meaning, tuple[str, ...]]
"""Additional words of a service, in its codes or sentences."""

_CODES = {
    # insufficient_user_quota, InsufficientBalance, API_KEY_QUOTA_EXHAUSTED, CreditInsufficient,
    # billing_hard_limit_reached, Arrearage, AccountOverdueError, budget_exceeded, quota_exceeded;
    # 30001 is SiliconFlow's, 1113 Zhipu's, base_resp MiniMax's.
    Meaning.NO_CREDIT: re.compile(
        r"(?:insufficient|lackof|outof|exhausted|notenough)(?:user|account|api|token)?"
        r"(?:quota|balance|credit|fund)"
        r"|(?:quota|balance|credit|fund)s?(?:insufficient|exhausted|depleted|notenough|toolow)"
        r"|billing|paymentrequired|arrear|overdue|budgetexceeded|exceededbudget|hardlimit"
        r"|(?:usage|spend|spending|credit|key)limit(?:exceeded|reached)|exceededcurrentquota"
        r"|resourcepackexhausted|freetieronly|^(?:402|1113|30001|baseresp(?:1008|2056))$"
    ),
    Meaning.RATE_LIMITED: re.compile(
        r"ratelimit|ratequota|toomanyrequest|throttl|resourceexhausted|^baseresp(?:1002|1039)$"
    ),
    Meaning.REJECTED: re.compile(
        r"moderation|contentpolicy|contentfilter|safety|sensitive|datainspection|contentrejected"
        r"|nsfw|responsibleai|prohibitedcontent|policyviolation|^refusal$|^baseresp(?:1026|1027)$"
    ),
    Meaning.WRONG_KEY: re.compile(
        r"(?:invalid|incorrect|wrong|bad|missing|expired|revoked)"
        r"(?:apikey|accesskey|secretkey|credential|auth)"
        r"|apikey(?:invalid|notvalid|expired|missing|notfound|error)"
        r"|unauthori[sz]ed|unauthenticated|^auth(?:entication|orization)?(?:error|fail)"
        r"|loginfail|^baseresp(?:1004|2049)$"
    ),
    Meaning.TOO_LONG: re.compile(r"context(?:length|size|window)"),
    Meaning.NO_MODEL: re.compile(
        r"modelnot(?:found|exist|supported|open)|nosuchmodel|(?:invalid|unknown)model"
        r"|^model(?:error|invalid)$"
    ),
}
_NO_MONEY = re.compile(
    r"insufficient(?: \w+){0,3} (?:balance|credits?|funds?)\b"
    r"|\b(?:balance|credits?|funds?)\W+(?:\w+\W+){0,3}?"
    r"(?:insufficient|not enough|too low|exhausted|depleted|used up|run out|ran out|negative)"
    r"|\b(?:exhausted|depleted|not enough|no (?:more|remaining|available)|out of|used all|exceeded)"
    r"(?: \w+){0,4} (?:balance|credits?|funds?)\b"
    r"|(?:n't|\bnot) have(?: \w+){0,2} (?:credits?|balance|funds?)\b"
    r"|payment (?:is )?required|\barrears?\b|\barrearage\b|account (?:is )?overdue|overdue (?:bill"
    r"|payment|balance)|unpaid|billing hard limit|budget (?:has been |was )?exceeded"
    r"|余额(?:\w{0,4})(?:不足|用[完尽]|耗尽|为零|过低)|欠费|预扣费|账单逾期|透支"
)
"""Statements about money: no rate limit uses them."""
_USED_UP = re.compile(
    r"quota\W+(?:\w+\W+){0,3}?(?:exhausted|not enough|insufficient|used up|depleted)"
    r"|(?:insufficient|not enough)(?: \w+){0,2} quota|plan and billing"
    r"|(?:week|month|total|lifetime|trial|free tier|free quota|usage|spend(?:ing)?|credit|key)"
    r"(?:ly)?(?: \w+){0,2} (?:limits?|quota|allowance)(?: \w+){0,3} "
    r"(?:exceeded|reached|hit|exhausted|used up)"
    r"|(?:exceeded|reached|hit|exhausted)(?: \w+){0,3} (?:weekly|monthly|total|trial|usage"
    r"|spend(?:ing)?|credit|key)(?: \w+){0,2} (?:limit|quota|allowance)"
    r"|(?:free tier|free quota|free trial)(?: \w+){0,6} (?:exhausted|ended|expired|used up)"
    r"|(?:额度|配额|点数|积分|资源包|流量包|套餐)\w{0,8}?(?:不足|用[完尽]|耗尽|不够)|请充值"
)
"""A purchased amount is used up, unless a rate is mentioned as well."""
_QUOTA = re.compile(r"\bquota\b.*exceed|exceed.*\bquota\b|配额超限|超出配额|^quotaexceeded$")
"""Of requests at a 429, else of a purchased amount."""
_RATE = re.compile(
    r"rate.?limit|too many requests|too (?:fast|frequent)|throttl|slow down|concurren"
    r"|(?:per|/) ?(?:second|sec|minute|min|hour|day)\b|per-(?:second|minute|hour|day)"
    r"|\b[rt]p[ms]\b|\bqps\b|(?:again|retry) (?:in|after) \d+(?:\.\d+)? ?(?:ms|s|sec|m|min)"
    r"|频率|速率|限流|频繁|并发|每(?:秒|分钟|小时|天)|请求\w{0,2}过[多快]"
)
_REJECTED = re.compile(
    r"safety (?:system|filter|check|polic|guideline|setting|reason|guard)"
    r"|(?:reject|block|refus|violat)\w*[^.]{0,60}\b(?:safety|content|usage) (?:management )?polic"
    r"|content (?:management |moderation )?(?:polic|filter|moderation)|content_(?:polic|filter)"
    r"|flagged|\bnsfw\b|moderation|inappropriate content|prohibited content|data.?inspection"
    r"|sensitive (?:content|information|words?|material)|as sensitive|responsible ai"
    r"|敏感(?:词|内容|信息)|违规|不合规|不安全\w{0,4}内容|内容(?:安全|审核)|审核(?:不|未)通过"
)
_WRONG_KEY = re.compile(
    r"(?:invalid|incorrect|wrong|bad|missing|expired|unknown|no) (?:api|access|secret)[ _-]?"
    r"(?:key|token)|api[ _-]?key(?: \w+){0,3} (?:invalid|incorrect|expired|not valid|missing"
    r"|not found|required)|(?:valid|provide an|check your) api[ _-]?key|unauthori[sz]ed|login fail"
    r"|authentication (?:fail|error)|invalid (?:authentication|authorization|credentials?)"
    r"|^invalid token\W*$|(?:令牌|密钥|api.?key)\w{0,4}(?:无效|错误|过期|不正确|不存在)"
    r"|无效的?(?:令牌|密钥|api)|(?:身份验证|鉴权|认证)\w{0,2}失败"
)
_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|size|window)|maximum context|(?:prompt|input|request) (?:is )?too "
    r"(?:long|large for)|range of input length|reduce the length|上下文\w{0,6}(?:超|过长)"
)
_NO_MODEL = re.compile(
    r"\bmodels?\b[^.]{0,120}?(?:does not exist|doesn't exist|not found|not exist)"
    r"|(?:no such|unknown|invalid) model|模型\w{0,40}(?:不存在|未找到)"
)
_OF_THE_REQUEST = (200, 400, 403, 413, 422, 451)
"""Statuses whose sentence explains what is wrong with the request; 200 stands for none."""


def meaning_of(
    told: ErrorBody, *, status: int, is_told_to_wait: bool = False, words: Words | None = None
) -> Meaning | None:
    """The meaning of the error; None if the status is sufficient.

    `status` is 200 for an error in a 2xx answer; `words` take precedence over everything else.
    """
    return (
        _by_words(told, words or {})
        or _about_money(told, status, is_told_to_wait=is_told_to_wait)
        or (_about_request(told, status) if status < 500 else None)
    )


def _by_words(told: ErrorBody, words: Words) -> Meaning | None:
    for meaning, known in words.items():
        for word in known:
            if word.lower() in told.sentence or plain(word) in told.codes:
                return meaning
    return None


def _about_money(told: ErrorBody, status: int, *, is_told_to_wait: bool) -> Meaning | None:
    """Whether the account is empty or rate-limited: "quota" can mean both."""
    is_limited = status == 429 or _has_code(told, Meaning.RATE_LIMITED)
    if status == 402 or _has_code(told, Meaning.NO_CREDIT) or _NO_MONEY.search(told.sentence):
        return Meaning.NO_CREDIT
    if status >= 500:
        return None
    is_rate = _has_code(told, Meaning.RATE_LIMITED) or bool(_RATE.search(told.sentence))
    if not is_rate and not (is_limited and is_told_to_wait):
        is_quota = _QUOTA.search(told.sentence) or any(map(_QUOTA.search, told.codes))
        if _USED_UP.search(told.sentence) or (is_quota and not is_limited):
            return Meaning.NO_CREDIT
    is_refused = is_limited or (is_rate and status in (200, 403))
    return Meaning.RATE_LIMITED if is_refused and not _has_code(told, Meaning.REJECTED) else None


def _about_request(told: ErrorBody, status: int) -> Meaning | None:
    if status == 401:
        return Meaning.WRONG_KEY
    is_read = status in _OF_THE_REQUEST
    for meaning, sentence in (
        (Meaning.REJECTED, _REJECTED),
        (Meaning.WRONG_KEY, _WRONG_KEY),
        (Meaning.TOO_LONG, _TOO_LONG),
        (Meaning.NO_MODEL, _NO_MODEL),
    ):
        if _has_code(told, meaning) or (is_read and sentence.search(told.sentence)):
            return meaning
    return None


def _has_code(told: ErrorBody, meaning: Meaning) -> bool:
    return any(map(_CODES[meaning].search, told.codes))
