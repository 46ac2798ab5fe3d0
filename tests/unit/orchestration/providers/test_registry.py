"""Settings become adapters, or an error that names the setting."""

from dataclasses import replace

import pytest

from domain import ServiceKind, Style
from errors import SetupError
from orchestration.providers.choices import ProviderChoice
from orchestration.providers.jobs.video_provider import TableVideoProvider
from orchestration.providers.openai.script_provider import OpenAIScriptProvider
from orchestration.providers.origin import (
    OriginImageProvider,
    OriginScriptProvider,
    OriginVideoProvider,
)
from orchestration.providers.ports import ImageRequest, ScriptRequest
from orchestration.providers.registry import Providers
from orchestration.providers.studio import StudioImageProvider, StudioScriptProvider
from tests.asking import product_of, submit, url_of
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import FakeOrigin, serving
from tests.model_services import FILM

STORY = ScriptRequest(content="Hi.")


def choice(
    name: str = "studio", url: str | None = None, *, model: str | None = None
) -> ProviderChoice:
    """A choice of any kind, which `choose` says."""
    return ProviderChoice(
        kind=ServiceKind.SCRIPT,
        name=name,
        url=url,
        key="secret",
        model=model,
        timeout_s=5,
        concurrency=7,
    )


def choose(**choices: ProviderChoice | tuple[ProviderChoice, ...]) -> Providers:
    return Providers(
        replace(one, kind=ServiceKind[stage.upper()])
        for stage, chosen in choices.items()
        for one in (chosen if isinstance(chosen, tuple) else (chosen,))
    )


async def test_the_studio_needs_no_setting() -> None:
    async with choose() as providers:
        assert isinstance(providers.line_up.script, StudioScriptProvider)
        assert isinstance(providers.line_up.image, StudioImageProvider)
        assert isinstance(providers.studio_image, StudioImageProvider)
        assert providers.line_up.video is None
        assert providers.film_shrink == 1


async def test_the_studio_makes_small_films_as_its_address_says() -> None:
    small = choice("studio", "studio://?shrink=4")
    async with choose(video=(choice("origin", "http://127.0.0.1:1"), small)) as providers:
        assert providers.film_shrink == 4


async def test_services_are_chosen_by_name_and_called() -> None:
    async with (
        serving(FakeOrigin()) as origin,
        choose(
            script=choice("origin", origin.url),
            image=choice("origin", origin.url),
            video=choice("videos", origin.url),
        ) as providers,
    ):
        request = ImageRequest(
            prompt="a", style=Style.MOVIE, style_prompt=None, width=1280, height=720, seed=1
        )
        script = await product_of(providers.line_up.script, STORY)
        image = providers.line_up.image
        picture = await image.fetch(await url_of(image, request))

    assert isinstance(providers.line_up.script, OriginScriptProvider)
    assert isinstance(providers.line_up.image, OriginImageProvider)
    assert isinstance(providers.line_up.video, TableVideoProvider)
    assert (len(script.shots), picture.media_type) == (1, "image/png")
    assert isinstance(choose(video=choice("origin", origin.url)).line_up.video, OriginVideoProvider)


async def test_a_bare_host_means_version_1_for_films_too() -> None:
    async with (
        serving(FakeOrigin()) as origin,
        choose(video=choice("videos", origin.url)) as providers,
    ):
        assert isinstance(providers.line_up.video, TableVideoProvider)
        await submit(providers.line_up.video, FILM)

    assert origin.calls == {"/v1/videos": 1}


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1?version=3"])
async def test_a_bare_host_means_its_version_1(path: str) -> None:
    async with (
        serving(FakeOpenAI()) as service,
        choose(script=choice("openai", service.url + path, model="writer-1")) as providers,
    ):
        script = await product_of(providers.line_up.script, STORY)

    assert isinstance(providers.line_up.script, OpenAIScriptProvider)
    assert script.title == "A Tale"


@pytest.mark.parametrize(
    ("choices", "setting"),
    [
        ({"script": choice("gpt")}, "AI_STORY_SCRIPT_PROVIDER"),
        ({"image": choice("videos", "http://h")}, "AI_STORY_IMAGE_PROVIDER"),
        ({"video": choice("")}, "AI_STORY_VIDEO_PROVIDER"),
        ({"script": choice("origin")}, "AI_STORY_SCRIPT_URL"),
        ({"script": choice("openai", "http://h")}, "AI_STORY_SCRIPT_MODEL"),
        ({"script": choice("openai", "ftp://h", model="m")}, "AI_STORY_SCRIPT_URL"),
        ({"image": choice("origin", "")}, "AI_STORY_IMAGE_URL"),
        ({"image": choice("origin", "localhost:9000")}, "AI_STORY_IMAGE_URL"),
        ({"image": choice("origin", "ftp://h")}, "AI_STORY_IMAGE_URL"),
        ({"image": choice("origin", "http://[::1")}, "AI_STORY_IMAGE_URL"),
        ({"image": choice("origin", "http://h:port")}, "AI_STORY_IMAGE_URL"),
        ({"video": choice("videos", "https://")}, "AI_STORY_VIDEO_URL"),
        ({"image": choice("studio", "studio://?fail_shot=x")}, "AI_STORY_IMAGE_URL"),
        ({"script": choice("studio", "http://h")}, "AI_STORY_SCRIPT_URL"),
    ],
)
def test_a_wrong_choice_names_the_setting(choices: dict[str, ProviderChoice], setting: str) -> None:
    with pytest.raises(SetupError, match=setting) as failure:
        choose(**choices)

    assert "secret" not in failure.value.message + repr(choices)


async def test_who_is_next_is_named_and_told_apart() -> None:
    second = replace(choice("openai", "http://127.0.0.1:1", model="m"), place=2, label="openai-2")

    async with choose(script=(choice("openai", model="m"), second)) as providers:
        names = providers.line_up.names(ServiceKind.SCRIPT)
        facts = [(one.kind, one.name, one.place) for one in providers.facts]

    assert names == ("openai", "openai-2")
    assert facts[:2] == [(ServiceKind.SCRIPT, "openai", 1), (ServiceKind.SCRIPT, "openai-2", 2)]


@pytest.mark.parametrize(
    ("second", "setting"),
    [
        (choice("origin"), "AI_STORY_IMAGE_2_URL"),
        (choice("openai", "http://h"), "AI_STORY_IMAGE_2_MODEL"),
        (choice("gpt"), "AI_STORY_IMAGE_2_PROVIDER"),
        (choice("studio"), "AI_STORY_IMAGE_2_PROVIDER"),
        (choice("comfyui"), "AI_STORY_IMAGE_2_WORKFLOW"),
    ],
)
def test_a_wrong_second_choice_names_its_setting(second: ProviderChoice, setting: str) -> None:
    with pytest.raises(SetupError, match=setting):
        choose(image=(choice(), replace(second, place=2)))
