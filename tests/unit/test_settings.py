"""Settings: typed, from the environment and .env, and refused in one sentence."""

import os
from decimal import Decimal
from pathlib import Path

import pytest

from cli.backend import limits_of
from cli.provider_choices import provider_choices
from domain import ServiceKind
from errors import SetupError
from orchestration.queue.jobs import Step
from settings import LogFormat, find_unknown_settings, read_settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's, and no .env of the project's."""
    for name in list(os.environ):
        if name.startswith("AI_STORY_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_everything_is_built_in() -> None:
    settings = read_settings()

    providers = {kind: settings.first(kind).provider for kind in ServiceKind}
    assert providers == {**dict.fromkeys(ServiceKind, "studio"), ServiceKind.CLIP: "none"}
    assert settings.database_url is None
    assert settings.home is None
    assert settings.first(ServiceKind.VIDEO).concurrency == 1
    assert settings.first(ServiceKind.IMAGE).concurrency == (os.cpu_count() or 1)


def test_a_remote_service_is_asked_for_much_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_STORY_IMAGE_PROVIDER", "Origin")
    monkeypatch.setenv("AI_STORY_VIDEO_PROVIDER", "videos")
    monkeypatch.setenv("AI_STORY_SCRIPT_CONCURRENCY", "9")

    settings = read_settings()

    assert settings.first(ServiceKind.IMAGE).provider == "origin"
    at_once = [settings.first(kind).concurrency for kind in ServiceKind]
    assert at_once == [9, 100, 4, 8, 10]
    assert settings.calls_at_once == 2 * sum(at_once)


def test_a_local_machine_draws_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_STORY_IMAGE_PROVIDER", "automatic1111")
    usual = read_settings()
    monkeypatch.setenv("AI_STORY_IMAGE_CONCURRENCY", "3")

    assert usual.first(ServiceKind.IMAGE).concurrency == 1
    assert read_settings().first(ServiceKind.IMAGE).concurrency == 3


def test_a_workflow_is_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_STORY_IMAGE_WORKFLOW", "~/w.json")

    workflow = read_settings().first(ServiceKind.IMAGE).settings.workflow

    assert workflow == Path.home() / "w.json"


def test_the_painter_of_development_data_has_a_limit_of_its_own_unless_it_paints_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AI_STORY_IMAGE_CONCURRENCY", "37")

    built_in = limits_of(read_settings())
    monkeypatch.setenv("AI_STORY_IMAGE_PROVIDER", "origin")
    remote = limits_of(read_settings())

    assert built_in.of(Step.IMAGE, "studio") == 37
    assert remote.of(Step.IMAGE, "origin") == 37
    assert remote.of(Step.IMAGE, "studio") == (os.cpu_count() or 1)


def test_who_is_next_is_numbered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AI_STORY_SCRIPT_PROVIDER", "openai")
    monkeypatch.setenv("AI_STORY_SCRIPT_2_PROVIDER", "OpenAI")
    monkeypatch.setenv("AI_STORY_SCRIPT_2_URL", "http://127.0.0.1:11434")
    monkeypatch.setenv("AI_STORY_SCRIPT_2_PRICE", "0.5")
    monkeypatch.setenv("AI_STORY_SCRIPT_3_PROVIDER", "studio")
    monkeypatch.setenv("AI_STORY_IMAGE_2_PROVIDER", "automatic1111")
    monkeypatch.setenv("AI_STORY_IMAGE_4_PROVIDER", "origin")
    (tmp_path / ".env").write_text("AI_STORY_SCRIPT_2_KEY=sk-hush")

    settings = read_settings()
    choices = [one for one in provider_choices(settings) if one.place > 1]
    scripts = [one for one in choices if one.kind is ServiceKind.SCRIPT]
    images = [one for one in choices if one.kind is ServiceKind.IMAGE]

    names = [(one.place, one.name, one.shown_name) for one in scripts]
    assert names == [(2, "openai", "openai-2"), (3, "studio", "studio")]
    assert scripts[0].key == "sk-hush"
    assert scripts[0].price == Decimal("0.5")
    assert [(one.shown_name, one.concurrency) for one in images] == [("automatic1111", 1)]
    assert find_unknown_settings() == {"AI_STORY_IMAGE_4_PROVIDER": "AI_STORY_IMAGE_2_PROVIDER"}
    assert "sk-hush" not in repr(settings) + repr(choices)


def test_every_stage_has_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_STORY_CLIP_2_PROVIDER", "fal")
    monkeypatch.setenv("AI_STORY_CLIP_2_WEBHOOK_SECRET", "whsec_aHVzaC1odXNo")
    monkeypatch.setenv("AI_STORY_VOICE_2_PROVIDER", "openai")
    monkeypatch.setenv("AI_STORY_VOICE_2_SPEAKER", "nova")
    monkeypatch.setenv("AI_STORY_VIDEO_PROVIDER", "videos")
    monkeypatch.setenv("AI_STORY_VIDEO_2_PROVIDER", "studio")

    settings = read_settings()

    video, voice, clip = (one for one in provider_choices(settings) if one.place > 1)
    assert (clip.name, clip.webhook_secret) == ("fal", "whsec_aHVzaC1odXNo")
    assert clip.concurrency == settings.first(ServiceKind.CLIP).concurrency
    assert (voice.name, voice.speaker) == ("openai", "nova")
    assert (settings.first(ServiceKind.VIDEO).concurrency, video.concurrency) == (4, 1)
    assert find_unknown_settings() == {}


def test_a_setting_that_its_kind_or_place_does_not_have_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AI_STORY_SCRIPT_WORKFLOW", "w.json")
    monkeypatch.setenv("AI_STORY_IMAGE_2_PROVIDER", "studio")
    monkeypatch.setenv("AI_STORY_IMAGE_2_TIMEOUT_S", "9")

    unknown = find_unknown_settings()

    assert set(unknown) == {"AI_STORY_SCRIPT_WORKFLOW", "AI_STORY_IMAGE_2_TIMEOUT_S"}


def test_a_wrong_value_of_the_next_one_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_STORY_IMAGE_2_PROVIDER", "openai")
    monkeypatch.setenv("AI_STORY_IMAGE_2_CONCURRENCY", "many")

    with pytest.raises(SetupError, match=r"^AI_STORY_IMAGE_2_CONCURRENCY is invalid"):
        read_settings()


def test_a_dotenv_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dotenv = "AI_STORY_LOG_FORMAT=json\nAI_STORY_MAX_ATTEMPTS=7\nOTHER_PROGRAM=1\n"
    (tmp_path / ".env").write_text(dotenv)
    monkeypatch.setenv("AI_STORY_MAX_ATTEMPTS", "2")

    settings = read_settings()

    assert settings.log_format is LogFormat.JSON
    assert settings.max_attempts == 2


def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_STORY_DRAIN_S", "")

    assert read_settings().drain_s == 30


def test_lists_are_parted_by_commas_and_a_home_may_begin_with_a_tilde(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AI_STORY_CORS_ORIGINS", "https://a.example/, http://localhost:5173")
    monkeypatch.setenv("AI_STORY_RESULT_HOSTS", "cdn.example,10.0.0.1:9000")
    monkeypatch.setenv("AI_STORY_ALLOWED_HOSTS", "Films.example, 10.0.0.1,[2001:db8::1]")
    monkeypatch.setenv("AI_STORY_HOME", "~/stories")

    settings = read_settings()

    assert settings.allowed_hosts == ("films.example", "10.0.0.1", "[2001:db8::1]")
    assert settings.cors_origins == ("https://a.example", "http://localhost:5173")
    assert settings.result_hosts == ("cdn.example", "10.0.0.1:9000")
    assert settings.home == Path.home() / "stories"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MAX_ATTEMPTS", "many"),
        ("MAX_ATTEMPTS", "0"),
        ("IMAGE_TIMEOUT_S", "inf"),
        ("DRAIN_S", "-1"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
        ("REST_CREATE_STATUS", "done"),
        ("PUBLIC_URL", "stories.example.org"),
        ("PUBLIC_URL", "https://stories.example.org/my films"),
        ("PUBLIC_URL", "https://stories.example.org/f%C3%BCr"),
        ("PUBLIC_URL", "https://stories.example.org/für"),
        ("PUBLIC_URL", "https://stories.example.org/a//b"),
        ("PUBLIC_URL", "https://stories.example.org/a/../b"),
        ("PUBLIC_URL", "https://stories.example.org/."),
        ("PUBLIC_URL", "https://stories.example.org/media/"),
        ("PUBLIC_URL", "https://stories.example.org/?a=b"),
        ("PUBLIC_URL", "https://stories.example.org#a"),
        ("PUBLIC_URL", "https://stories.example.org/a'b"),
        ("CORS_ORIGINS", "https://a.example,b.example"),
        ("ALLOWED_HOSTS", "https://films.example"),
        ("ALLOWED_HOSTS", "films.example,films.example:8000"),
        ("ALLOWED_HOSTS", "*"),
        ("DATABASE_URL", "mysql://localhost/stories"),
        ("DATABASE_URL", "postgresql://[::1/stories"),
        ("DATABASE_DIRECT_URL", "mysql://localhost/stories"),
        ("DATABASE_SESSIONS", "5"),
        ("IMAGE_WEBHOOK_SECRET", "whsec_no-base64"),
        ("IMAGE_WEBHOOK_SECRET", "whsec_"),
        ("IMAGE_WEBHOOK_SECRET", "c2VjcmV0"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"AI_STORY_{variable}", value)

    with pytest.raises(SetupError) as refused:
        read_settings()

    message = refused.value.message
    assert message.startswith(f"AI_STORY_{variable} is invalid: ")
    assert message.endswith(".")
    assert "\n" not in message


@pytest.mark.parametrize(
    "path", ["", "/films", "/a/b", "/~alice", "/v1.2", "/..a", "/.well-known/x"]
)
@pytest.mark.parametrize("end", ["", "/", "//"])
def test_the_public_url_may_have_a_path(
    monkeypatch: pytest.MonkeyPatch, path: str, end: str
) -> None:
    monkeypatch.setenv("AI_STORY_PUBLIC_URL", f"HTTPS://Stories.example.org:8443{path}{end}")

    assert read_settings().public_url == f"HTTPS://Stories.example.org:8443{path}"


def test_a_refusal_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_STORY_DATABASE_URL", "mysql://me:hush@localhost/stories")

    with pytest.raises(SetupError) as refused:
        read_settings()

    assert "hush" not in refused.value.message


def test_a_direct_address_needs_the_other_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_STORY_DATABASE_DIRECT_URL", "postgresql://me:hush@db/stories")

    with pytest.raises(SetupError, match="also requires AI_STORY_DATABASE_URL") as refused:
        read_settings()

    assert "hush" not in refused.value.message


def test_secrets_do_not_show_in_the_settings_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_STORY_IMAGE_KEY", "sk-hush")
    monkeypatch.setenv("AI_STORY_DATABASE_URL", "postgresql://me:hush@localhost/stories")
    monkeypatch.setenv("AI_STORY_DATABASE_DIRECT_URL", "postgresql://me:hush@direct/stories")

    settings = read_settings()

    assert "hush" not in repr(settings)
    key = settings.first(ServiceKind.IMAGE).settings.key
    assert key is not None
    assert key.get_secret_value() == "sk-hush"


def test_a_name_that_is_no_setting_is_told_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AI_STORY_IMAGE_PROVIDR", "origin")
    monkeypatch.setenv("AI_STORY_TEST_NO_SKIPS", "1")
    monkeypatch.setenv("AI_STORY_HOME", "/somewhere")
    (tmp_path / ".env").write_text("AI_STORY_XYZZY=1\nOTHER_PROGRAM=1\n")

    assert find_unknown_settings() == {
        "AI_STORY_IMAGE_PROVIDR": "AI_STORY_IMAGE_PROVIDER",
        "AI_STORY_XYZZY": None,
    }


def test_prices_are_exact_and_unknown_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_STORY_IMAGE_PRICE", "0.039")
    monkeypatch.setenv("AI_STORY_CURRENCY", "cny")

    settings = read_settings()

    assert settings.first(ServiceKind.IMAGE).settings.price == Decimal("0.039")
    assert settings.first(ServiceKind.SCRIPT).settings.price is None
    assert settings.currency == "CNY"


@pytest.mark.parametrize(
    ("name", "value"), [("IMAGE_PRICE", "-1"), ("VOICE_PRICE", "NaN"), ("CURRENCY", "dollars")]
)
def test_a_price_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"AI_STORY_{name}", value)

    with pytest.raises(SetupError, match=f"AI_STORY_{name}"):
        read_settings()
