"""What errors of services mean: the words of the world's services, and what only looks like it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import httpx
import pytest

from domain import ServiceKind
from errors import StepError
from orchestration.providers.http.answers import parse_object
from orchestration.providers.http.exchange import Answer, Endpoint
from orchestration.providers.http.meanings import Meaning

PLACE = Endpoint(
    kind=ServiceKind.SCRIPT, name="tested", base_url="http://h/v1", timeout_s=1, key="sk-hush"
)
PROMPT = "An old man counts his coins; there is insufficient balance on his account, he sighs. " * 2


@dataclass(frozen=True)
class Told:
    """An answer, and the code that it must become."""

    code: str
    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Row = tuple[int, object]
"""A status and a body."""


def openai(status: int, message: str, code: object = None, type_: object = None) -> Row:
    return status, {"error": {"message": message, "type": type_, "param": None, "code": code}}


def minimax(number: int, message: str) -> Row:
    return 200, {"base_resp": {"status_code": number, "status_msg": message}, "choices": None}


def google(code: int, status: str, message: str, **more: object) -> Row:
    return code, [{"error": {"code": code, "message": message, "status": status, **more}}]


PLAN = "You exceeded your current quota, please check your plan and billing details."
NO_CREDIT: list[Row] = [
    openai(429, PLAN, "insufficient_quota", "insufficient_quota"),
    openai(429, PLAN),
    openai(400, "Billing hard limit has been reached", "billing_hard_limit_reached"),
    openai(429, "Your account is not active", "billing_not_active"),
    openai(402, "Insufficient Balance", "invalid_request_error"),
    openai(200, "Insufficient credits. Add more using https://h/credits", 402),
    openai(200, "", "402"),
    openai(403, "user quota is not enough", "insufficient_user_quota", "new_api_error"),
    openai(403, "预扣费额度失败, 用户剩余额度: ¥0.01, 需要预扣费额度: ¥0.02"),
    openai(401, "该令牌额度已用尽 TokenStatusExhausted"),
    openai(500, "upstream: insufficient account balance"),
    openai(429, "您的账户已欠费，请充值后重试。", "1113"),
    openai(
        429, "Your account is suspended because of insufficient balance", None, "rate_limit_error"
    ),
    openai(
        400, "Budget has been exceeded! Current cost: 10, Max budget: 10", None, "budget_exceeded"
    ),
    (
        400,
        {
            "type": "error",
            "error": {
                "type": "invalid_request_error",
                "message": "Your credit balance is too low to access the API. Go to Billing.",
            },
        },
    ),
    (400, {"code": "Arrearage", "message": "Access denied, your account is not in good standing."}),
    (403, {"code": "AllocationQuota.FreeTierOnly", "message": "The free tier is exhausted."}),
    (403, {"error": {"code": "AccountOverdueError", "message": "Overdue balance on the account"}}),
    (402, {"title": "Payment required", "detail": "You have insufficient credit", "status": 402}),
    (403, {"detail": "User is locked. Reason: Exhausted balance."}),
    (403, {"code": 30001, "message": "Sorry, your account balance is insufficient", "data": None}),
    (403, {"code": 30001, "message": "", "data": None}),
    (403, {"error": "Your newly created team doesn't have any credits yet."}),
    (
        429,
        {"error": "Your team has used all available credits or reached its monthly spending limit"},
    ),
    (429, {"code": "API_KEY_QUOTA_EXHAUSTED", "message": "API key 额度已用完"}),
    (429, {"code": 1102, "message": "Account balance not enough"}),
    (401, {"detail": {"status": "quota_exceeded", "message": "This exceeds your quota of 10000."}}),
    (403, {"error": {"code": 403, "message": "Key limit exceeded (total limit)"}}),
    (400, {"error": "You do not have enough credits to run this task."}),
    (402, {}),
    (403, "账户余额不足"),
    (200, {"error": "weekly usage limit exceeded"}),
    (200, {"error": {"message": "余额不足，请充值"}}),
    (200, {"success": False, "message": "Insufficient funds"}),
    (200, [{"error": {"code": "402", "message": "pay"}}]),
    minimax(1008, "insufficient balance"),
    minimax(1008, ""),
    minimax(2056, "usage limit exceeded, 5-hour limit"),
    google(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
]
RATE_LIMITED: list[Row] = [
    google(429, "RESOURCE_EXHAUSTED", PLAN),
    google(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    google(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Requests per minute'"),
    openai(
        429,
        "Rate limit reached for gpt on requests per min (RPM): Limit: 3 / min. Please try again "
        "in 20s. Please add a payment method to your account.",
        "rate_limit_exceeded",
        "requests",
    ),
    openai(429, "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000.", 429),
    openai(429, "quota exceeded for requests per minute"),
    openai(200, "quota exceeded for requests per minute"),
    openai(429, "Too many requests"),
    openai(429, "Quota exceeded."),
    openai(200, "slow down", "429"),
    openai(429, "您当前使用该API的并发数过高，请降低并发", "1302"),
    openai(429, "每分钟请求额度已用完"),
    openai(429, "请求过于频繁，充值后可提升速率"),
    (429, {"code": "Throttling.AllocationQuota", "message": "Allocated quota exceeded"}),
    (429, {"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded"}),
    (429, {"error": {"code": "ModelAccountTpmRateLimitExceeded", "message": "exceeded the TPM"}}),
    (429, {"detail": "Request was throttled. Expected available in 1 second."}),
    (403, {"error": {"code": 403, "errors": [{"reason": "userRateLimitExceeded"}]}}),
    (429, "Too Many Requests"),
    (429, {}),
    minimax(1002, "rate limit"),
]
WRONG_KEY: list[Row] = [
    openai(401, "Incorrect API key provided: sk-1", "invalid_api_key", "invalid_request_error"),
    openai(200, "Invalid token", "401"),
    openai(400, "Unauthorized", "401"),
    openai(400, "无效的令牌"),
    openai(200, "Authentication Fails (no such user)", "invalid_request_error"),
    google(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    google(400, "INVALID_ARGUMENT", "no", details=[{"reason": "API_KEY_INVALID"}]),
    (403, {"error": {"message": "You may not use this"}}),
    (401, {"detail": "Unauthenticated"}),
    (401, "no"),
    (200, {"code": 401, "msg": "token is bad"}),
    minimax(1004, "login fail: Please carry the API secret key"),
    minimax(2049, "invalid api key"),
]
REJECTED: list[Row] = [
    openai(
        400,
        "Your request was rejected as a result of our safety system.",
        "content_policy_violation",
    ),
    openai(
        400,
        "Your request was rejected as a result of our safety system. content_policy_violation",
        None,
        "upstream_error",
    ),
    openai(400, "The prompt triggered our content management policy", "content_filter"),
    openai(403, "Your input was flagged", 403),
    openai(200, "系统检测到输入内容可能包含敏感内容", "1301"),
    openai(400, "no", "moderation_blocked", "image_generation_user_error"),
    (
        400,
        {
            "code": "DataInspectionFailed",
            "message": "Input data may contain inappropriate content.",
        },
    ),
    (400, {"code": "data_inspection_failed", "message": "no"}),
    (400, {"error": {"code": "InputTextSensitiveContentDetected", "message": "no"}}),
    (422, {"detail": [{"type": "content_policy_violation", "msg": "no", "loc": ["body"]}]}),
    (400, {"detail": "NSFW content detected in the prompt"}),
    (200, {"choices": [], "error": {"message": "blocked by content filter"}}),
    (200, {"data": [{"b64_json": None, "finish_reason": "content_filter"}]}),
    minimax(1026, "input new_sensitive"),
]
TOO_LONG: list[Row] = [
    openai(400, "This model's maximum context length is 4096 tokens", "context_length_exceeded"),
    openai(
        400, "prompt is too long: 210000 tokens > 200000 maximum", None, "invalid_request_error"
    ),
    openai(200, "the context window is exceeded"),
    (400, {"code": "InvalidParameter", "message": "Range of input length should be [1, 30720]"}),
]
REFUSED: list[Row] = [
    openai(404, "The model `x` does not exist", "model_not_found"),
    openai(400, "Model x does not exist"),
    openai(400, "max_tokens must be at most 4096"),
    openai(400, "Unexpected token in JSON at position 5"),
    openai(400, f'Invalid prompt: "{PROMPT}"'),
    openai(400, "safety_tolerance must be an integer"),
    openai(400, "The name is case-sensitive; balance must be a number"),
    (422, {"detail": [{"loc": ["body", "prompt"], "msg": "too short", "type": "value_error",
        "input": PROMPT}]}),
    (400, {"error": {"message": "no"}, "prompt": PROMPT, "request": {"message": PROMPT}}),
]  # fmt: skip
DOWN: list[Row] = [
    openai(500, "The safety checker crashed"),
    openai(503, "overloaded", "overloaded_error"),
    openai(200, "oops"),
    (200, {"error": "oops"}),
    (200, {"error": {"code": "502", "message": "down"}}),
    (502, "<html>insufficient balance</html>"),
]
BAD: list[Row] = [
    (200, {"text": PROMPT}),
    (200, {"message": {"content": PROMPT}}),
    (200, PROMPT),
    (200, json.dumps(PROMPT)),
]
TABLE = [
    Told(code, status, body)
    for code, answers in (
        ("QUOTA_EXCEEDED", NO_CREDIT),
        ("RATE_LIMITED", RATE_LIMITED),
        ("UPSTREAM_REFUSED", [*WRONG_KEY, *REFUSED]),
        ("CONTENT_REJECTED", REJECTED),
        ("CONTEXT_EXCEEDED", TOO_LONG),
        ("UPSTREAM_UNAVAILABLE", DOWN),
        ("UPSTREAM_BAD_BODY", BAD),
    )
    for status, body in answers
] + [
    Told("RATE_LIMITED", 429, {"error": "daily usage limit reached"}, {"Retry-After": "3600"}),
    Told("RATE_LIMITED", 429, {"error": "monthly limit reached"}, {"Retry-After": "60"}),
    Told("QUOTA_EXCEEDED", 429, {"error": {"code": "insufficient_quota"}}, {"Retry-After": "60"}),
    Told("QUOTA_EXCEEDED", 429, {"error": "insufficient balance"}, {"Retry-After": "1"}),
]  # fmt: skip


def failure(told: Told, endpoint: Endpoint = PLACE) -> StepError:
    body = told.body if isinstance(told.body, str) else json.dumps(told.body, ensure_ascii=False)
    answer = Answer(status=told.status, headers=httpx.Headers(told.headers), body=body.encode())
    with pytest.raises(StepError) as failed:
        parse_object(endpoint, answer, wanted="choices")
    return failed.value


@pytest.mark.parametrize("told", TABLE, ids=lambda told: f"{told.status} {str(told.body)[:60]}")
def test_an_error_means_what_it_says(told: Told) -> None:
    assert failure(told).code == told.code


@pytest.mark.parametrize(("status", "body"), WRONG_KEY)
def test_a_wrong_key_names_the_key_and_its_setting(status: int, body: object) -> None:
    error = failure(Told("", status, body))

    assert "rejects the key" in error.message
    assert "AI_STORY_SCRIPT_KEY" in error.message
    assert not error.retryable


@pytest.mark.parametrize(("status", "body"), NO_CREDIT)
def test_an_empty_account_does_not_blame_the_key(status: int, body: object) -> None:
    assert "KEY" not in failure(Told("", status, body)).message


def test_where_no_key_is_set_it_is_asked_for() -> None:
    error = failure(Told("", 401, {}), replace(PLACE, key=None))

    assert "Set AI_STORY_SCRIPT_KEY" in error.message


@pytest.mark.parametrize(("meaning", "code"), [
    (Meaning.NO_CREDIT, "QUOTA_EXCEEDED"),
    (Meaning.REJECTED, "CONTENT_REJECTED"),
    (Meaning.RATE_LIMITED, "RATE_LIMITED"),
    (Meaning.WRONG_KEY, "UPSTREAM_REFUSED"),
])  # fmt: skip
@pytest.mark.parametrize("body", [
    {"error": {"code": "E-77"}},
    {"code": 77, "message": "The tank is Dry"},
])  # fmt: skip
def test_a_vendors_own_words_count_first(meaning: Meaning, code: str, body: object) -> None:
    plain = failure(Told("", 400, body))
    error = failure(Told("", 400, body), replace(PLACE, words={meaning: ("e_77", "tank is dry")}))

    assert (plain.code, error.code) == ("UPSTREAM_REFUSED", code)


@pytest.mark.parametrize("body", ["[" * 3_000, '{"error":' * 900 + "1" + "}" * 900, "\xff" * 10])
def test_hostile_bodies_have_no_meaning_and_cost_nothing(body: str) -> None:
    assert failure(Told("", 400, body)).code == "UPSTREAM_REFUSED"
