"""Bearer tokens of an identity provider, which is a local server that publishes its keys."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from websockets.exceptions import ConnectionClosed

from domain import Scope
from errors import AuthenticationDownError, UnauthenticatedError
from tests.graphql_client import open_socket, post, serving_stage
from tests.owners import bearing
from tests.serving import serving_app
from tests.stage import Stage
from web.services import WebOptions
from web.tokens import KeySet, TokenAuthentication

ISSUER = "https://login.example.org/"
AUDIENCE = "ai-story"

RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
STRANGER = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def public(jwk: str, kid: str, **more: str) -> dict[str, Any]:
    """A key as a provider publishes it."""
    return {**json.loads(jwk), "kid": kid, **more}


RSA_KEY = RSAAlgorithm.to_jwk(RSA.public_key())
STRANGERS_KEY = RSAAlgorithm.to_jwk(STRANGER.public_key())
EC_KEY = ECAlgorithm.to_jwk(EC.public_key())
ED_KEY = OKPAlgorithm.to_jwk(ED.public_key())


@dataclass
class Issuer:
    """An identity provider's key set, and how often it was asked for."""

    keys: list[Any] = field(
        default_factory=lambda: [public(RSA_KEY, "rsa"), public(EC_KEY, "ec"), public(ED_KEY, "ed")]
    )
    body: bytes | None = None
    status: int = 200
    asked: int = 0
    url: str = ""

    async def answer(self, _request: Request) -> Response:
        self.asked += 1
        if self.body is not None:
            return Response(self.body, self.status)
        return JSONResponse({"keys": self.keys}, self.status)


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    async with serving_app(Starlette(routes=[Route("/keys", issuer.answer)])) as url:
        issuer.url = f"{url}/keys"
        yield issuer


def token(key: Any = RSA, *, kid: str | None = "rsa", alg: str = "RS256", **claims: Any) -> str:
    told = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": time.time() + 86_400, **claims}
    kept = {name: value for name, value in told.items() if value is not None}
    return jwt.encode(kept, key, alg, headers={} if kid is None else {"kid": kid})


def checking(source: str, **options: Any) -> TokenAuthentication:
    keys = KeySet(source, fresh_s=60, ask_again_s=options.pop("ask_again_s", 60))
    return TokenAuthentication(keys, issuer=ISSUER, audience=AUDIENCE, **options)


async def test_an_address_that_does_not_speak_http_is_no_key_set() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"220 mail.example.org ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(AuthenticationDownError):
            await checking(f"http://127.0.0.1:{port}/keys").recognise(token())


@pytest.mark.parametrize(
    ("key", "kid", "alg"),
    [(RSA, "rsa", "RS256"), (RSA, "rsa", "PS384"), (EC, "ec", "ES256"), (ED, "ed", "EdDSA")],
)
async def test_a_token_says_who_asks(issuer: Issuer, key: Any, kid: str, alg: str) -> None:
    authentication = checking(issuer.url)

    viewer = await authentication.recognise(token(key, kid=kid, alg=alg, name="Alice L."))

    assert (viewer.id, viewer.name, viewer.scope) == ("alice", "Alice L.", Scope.WRITE)
    assert viewer.expires_at is not None
    assert not viewer.is_local


@pytest.mark.parametrize(
    ("claims", "scope"),
    [
        ({}, Scope.READ),
        ({"scope": "openid profile"}, Scope.READ),
        ({"scope": "openid write read"}, Scope.WRITE),
        ({"scope": "admin"}, Scope.ADMIN),
        ({"scope": "administrator"}, Scope.READ),
        ({"scp": ["read", "write"]}, Scope.WRITE),
        ({"scope": 5}, Scope.READ),
    ],
)
async def test_the_widest_scope_of_ours_counts(
    issuer: Issuer, claims: dict[str, Any], scope: Scope
) -> None:
    authentication = checking(issuer.url, default_scope=Scope.READ)

    assert (await authentication.recognise(token(**claims))).scope is scope


PUBLIC_PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def hand_made(header: dict[str, Any], secret: bytes | None) -> str:
    """A token that no careful library makes."""
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": int(time.time()) + 86_400}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in (header, claims)
    ]
    signed = b".".join(parts)
    signature = b"" if secret is None else hmac.digest(secret, signed, hashlib.sha256)
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


REFUSED: dict[str, str] = {
    "no token": "nonsense",
    "three empty parts": "..",
    "binary": "½.é.¼",
    "signed by a stranger": token(STRANGER),
    "signed with a key that nobody publishes": token(STRANGER, kid="unknown"),
    "without a key's name among many": token(kid=None),
    "of another issuer": token(iss="https://evil.example.org/"),
    "of no issuer": token(iss=None),
    "for another audience": token(aud="another"),
    "for no audience": token(aud=None),
    "of nobody": token(sub=None),
    "of a blank name": token(sub=" "),
    "of a name with a line end": token(sub="a\nb"),
    "of too long a name": token(sub="x" * 256),
    "without an end": token(exp=None),
    "with an end beyond time": token(exp=10**18),
    "not yet": token(nbf=time.time() + 43_200),
    "unsigned": hand_made({"alg": "none", "kid": "rsa"}, None),
    "signed with the public key as a secret": hand_made({"alg": "HS256", "kid": "rsa"}, PUBLIC_PEM),
    "of an algorithm that does not fit the key": hand_made({"alg": "ES256", "kid": "rsa"}, b"x"),
    "of no algorithm": hand_made({"kid": "rsa"}, b"x"),
    "with a list for a key's name": hand_made({"alg": "RS256", "kid": ["rsa"]}, b"x"),
}


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=REFUSED)
async def test_a_token_that_does_not_count_is_refused(issuer: Issuer, wrong: str) -> None:
    authentication = checking(issuer.url)

    with pytest.raises(UnauthenticatedError) as caught:
        await authentication.recognise(wrong)

    assert not caught.value.is_expired
    assert wrong not in caught.value.message


async def test_without_a_token_nobody_is_recognised(issuer: Issuer) -> None:
    with pytest.raises(UnauthenticatedError):
        await checking(issuer.url).recognise(None)

    assert issuer.asked == 0


async def test_an_expired_token_is_told_apart(issuer: Issuer) -> None:
    authentication = checking(issuer.url)
    await authentication.recognise(token(exp=time.time() - 5))  # clocks differ a little

    with pytest.raises(UnauthenticatedError) as caught:
        await authentication.recognise(token(exp=time.time() - 30))

    assert caught.value.is_expired


async def test_keys_may_change_without_anybody_making_us_ask_all_the_time(issuer: Issuer) -> None:
    authentication = checking(issuer.url, ask_again_s=0.2)
    await authentication.recognise(token())
    issuer.keys = [public(STRANGERS_KEY, "new")]
    fresh = token(STRANGER, kid="new")

    async with asyncio.timeout(10):
        while True:
            with suppress(UnauthenticatedError):
                viewer = await authentication.recognise(fresh)
                break
            await asyncio.sleep(0.01)
    asked = issuer.asked
    for _ in range(20):
        with pytest.raises(UnauthenticatedError):
            await authentication.recognise(token(STRANGER, kid="none"))

    assert viewer.id == "alice"
    assert asked == 2
    assert issuer.asked <= asked + 1


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, None), (200, b"<html>"), (200, b"[]"), (200, b'{"keys": 5}'), (200, b"x" * 2_000_000)],
)
async def test_without_a_key_set_nobody_can_be_recognised_just_now(
    issuer: Issuer, status: int, body: bytes | None
) -> None:
    issuer.status, issuer.body = status, body
    authentication = checking(issuer.url, ask_again_s=0)

    with pytest.raises(AuthenticationDownError):
        await authentication.recognise(token())
    issuer.status, issuer.body = 200, None

    assert (await authentication.recognise(token())).id == "alice"


async def test_a_key_set_that_was_read_serves_while_the_provider_is_away(issuer: Issuer) -> None:
    authentication = TokenAuthentication(
        KeySet(issuer.url, fresh_s=0, ask_again_s=0), issuer=ISSUER, audience=AUDIENCE
    )
    await authentication.recognise(token())
    issuer.status = 503

    assert (await authentication.recognise(token())).id == "alice"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b'{"keys": null}',
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": [null, 5, "rsa", []]}',
        b'{"keys": [{}]}',
        b'{"keys": [{"kty": "RSA", "kid": "rsa"}]}',
        b'{"keys": [{"kty": "RSA", "kid": "rsa", "n": "!", "e": "AQAB"}]}',
        b'{"keys": [{"kty": "RSA", "kid": "rsa", "n": 5, "e": null}]}',
        b'{"keys": [{"kty": "RSA", "kid": "rsa", "n": "", "e": ""}]}',
        b'{"keys": [{"kty": ["RSA"], "kid": "rsa", "n": "AQAB", "e": "AQAB"}]}',
        b'{"keys": [{"kty": "EC", "kid": "rsa", "crv": "P-256", "x": "AA", "y": "AA"}]}',
        b'{"keys": [{"kty": "oct", "kid": "rsa", "k": "c2VjcmV0"}]}',
        json.dumps({"keys": [public(STRANGERS_KEY, "rsa", use="enc")]}).encode(),
        json.dumps({"keys": [public(STRANGERS_KEY, "rsa", alg="RSA-OAEP")]}).encode(),
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
async def test_a_set_without_a_usable_key_never_replaces_a_good_one(
    issuer: Issuer, body: bytes
) -> None:
    authentication = TokenAuthentication(
        KeySet(issuer.url, fresh_s=0, ask_again_s=0), issuer=ISSUER, audience=AUDIENCE
    )
    await authentication.recognise(token())
    issuer.body = body

    assert (await authentication.recognise(token())).id == "alice"
    assert (await authentication.recognise(token(EC, kid="ec", alg="ES256"))).id == "alice"
    with pytest.raises(AuthenticationDownError):
        await checking(issuer.url).recognise(token())
    issuer.body, issuer.keys = None, [public(STRANGERS_KEY, "new")]

    assert (await authentication.recognise(token(STRANGER, kid="new"))).id == "alice"
    with pytest.raises(UnauthenticatedError):
        await authentication.recognise(token())


async def test_strange_keys_in_a_set_disturb_no_good_one(tmp_path: Path) -> None:
    strange: list[Any] = [
        5,
        {},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        {"kty": "RSA", "kid": "broken", "n": 5, "e": []},
        {"kty": ["RSA"], "kid": {}, "n": None},
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
        public(RSA_KEY, "for encryption", use="enc"),
        public(RSA_KEY, "for one algorithm", alg="RS512"),
        public(RSA_KEY, "rsa", use="sig"),
    ]
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": strange}))
    authentication = checking(str(path))

    assert (await authentication.recognise(token())).id == "alice"
    assert (await authentication.recognise(token(kid="for one algorithm", alg="RS512"))).id
    for kid in ("broken", "secret", "for encryption", "for one algorithm"):
        with pytest.raises(UnauthenticatedError):
            await authentication.recognise(token(kid=kid))


def asking_for_tokens(stage: Stage, source: str) -> Stage:
    services = replace(
        stage.services,
        options=WebOptions(asks_credentials=True),
        authentication=checking(source, ask_again_s=0, leeway_s=0),
    )
    return replace(stage, services=services)


async def test_over_a_socket_an_expired_token_closes_with_4403(
    idle_stage: Stage, issuer: Issuer
) -> None:
    stage = asking_for_tokens(idle_stage, issuer.url)
    brief = bearing(token(exp=time.time() + 4))

    async with serving_stage(stage) as url, open_socket(url, brief) as socket:
        answered = [data async for data in socket.follow("{ viewer { id } }")]
        with pytest.raises(ConnectionClosed):
            await socket.receive()
        later = await post(url, "{ viewer { id } }", headers=brief)

    assert answered == [{"viewer": {"id": "alice"}}]
    assert socket.connection.close_code == 4403
    assert later["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_while_the_provider_is_away_clients_are_asked_to_come_again(
    idle_stage: Stage, issuer: Issuer
) -> None:
    issuer.status = 500
    stage = asking_for_tokens(idle_stage, issuer.url)

    async with serving_stage(stage) as url:
        async with httpx.AsyncClient(base_url=url, headers=bearing(token())) as client:
            graphql = await client.post("/graphql", json={"query": "{ viewer { id } }"})
            rest = await client.get("/api/story/all")
        with pytest.raises(ConnectionClosed) as closed:
            async with open_socket(url, bearing(token())):
                pass

    assert graphql.status_code == rest.status_code == 503
    assert graphql.headers["retry-after"] == rest.headers["retry-after"] == "1"
    assert graphql.json()["errors"][0]["extensions"] == {"code": "AUTHENTICATION_DOWN"}
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013
