"""Scripts by a language model: one call for a short story; its cast, then its parts for a long one.

The parts are requested concurrently. Answers before a failure are kept, so the next attempt pays
only for the rest. A story whose questions exceed the model's context is cut finer, which is
remembered for the lifetime of the process.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import httpx
import structlog
from structlog.typing import FilteringBoundLogger

from domain import MAX_SHOTS_PER_STORY, MAX_TITLE_LENGTH, built_from
from errors import ContextExceededError
from orchestration.providers.checkup import Checkup
from orchestration.providers.http.exchange import Endpoint
from orchestration.providers.http.loose_json import as_object, unwrap
from orchestration.providers.openai.chat import Chat
from orchestration.providers.openai.passages import Cut, Part, find_gaps, list_cuts, split_story
from orchestration.providers.openai.prompts import (
    Question,
    ask_for_cast,
    ask_for_script,
    ask_for_shots,
)
from orchestration.providers.ports import Call, Ready, ReportProgress, Script, ScriptRequest
from orchestration.providers.scripts.cast import Character, merge_casts
from orchestration.providers.scripts.script_body import bad_json, read_script_wire, read_value
from orchestration.providers.scripts.script_wire import (
    ScriptWire,
    ShotWire,
    fallback_title,
    merge_shots,
)

PARTS_AT_ONCE = 4
_DRAFTS_KEPT = 32

_logger: FilteringBoundLogger = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Draft:
    """The answers so far for a cut, by the number of the question."""

    fineness: int
    casts: dict[int, ScriptWire] = field(default_factory=dict[int, ScriptWire])
    parts: dict[int, ScriptWire] = field(default_factory=dict[int, ScriptWire])
    gaps: dict[int, list[ShotWire]] = field(default_factory=dict[int, list[ShotWire]])

    def begin_anew(self, *, fineness: int) -> None:
        """Drop the answers: they belong to questions of another cut."""
        self.fineness = fineness
        for answers in (self.casts, self.parts, self.gaps):
            answers.clear()


class OpenAIScriptProvider:
    """Any model behind POST /chat/completions."""

    def __init__(self, client: httpx.AsyncClient, endpoint: Endpoint, *, model: str) -> None:
        self.name = endpoint.name
        self._chat = Chat(client, endpoint, model=model)
        self._model = model
        self._drafts: OrderedDict[ScriptRequest, _Draft] = OrderedDict()
        self._coarsest = 0

    async def check(self) -> Checkup:
        """The findings from the list of models.

        Raises:
            StepError: The service does not respond.
        """
        return await self._chat.check()

    async def begin(self, request: ScriptRequest, call: Call) -> Ready[Script]:
        """Write the script; `call.report` is called after every answer of a long story.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        draft = self._drafts.pop(request, None) or _Draft(self._coarsest)
        try:
            script = await self._write(request, draft, key=call.idempotency_key, report=call.report)
        except BaseException:
            self._drafts[request] = draft
            if len(self._drafts) > _DRAFTS_KEPT:
                self._drafts.popitem(last=False)
            raise
        self._coarsest = max(self._coarsest, draft.fineness)
        return Ready(replace(script, model=self._model))

    async def _write(
        self, request: ScriptRequest, draft: _Draft, *, key: str, report: ReportProgress
    ) -> Script:
        """Continue the draft, in a finer cut if its questions exceed the model's context."""
        cuts = await asyncio.to_thread(
            list_cuts, request.content, shot_count=request.shot_count, coarsest=draft.fineness
        )

        def writing(cut: Cut) -> _Writing:
            named = f"{key}:{cut.fineness}" if cut.fineness else key
            return _Writing(self._chat, request, cut, draft=draft, key=named, report=report)

        for cut, finer in pairwise(cuts):
            try:
                return await writing(cut).run()
            except ContextExceededError:
                _logger.info("story_cut_finer", parts=len(cut.parts), into=len(finer.parts))
                draft.begin_anew(fineness=finer.fineness)
        return await writing(cuts[-1]).run()

    async def count_shots(self, request: ScriptRequest) -> int:
        """The number of shots to request from the model."""
        parts = await asyncio.to_thread(split_story, request.content, shot_count=request.shot_count)
        return min(sum(part.shots for part in parts), request.shot_count or MAX_SHOTS_PER_STORY)


class _Writing:
    """One script in progress."""

    def __init__(
        self,
        chat: Chat,
        request: ScriptRequest,
        cut: Cut,
        *,
        draft: _Draft,
        key: str,
        report: ReportProgress,
    ) -> None:
        self._draft = draft
        self._chat = chat
        self._request = request
        self._parts = cut.parts
        self._cast_pieces = cut.cast_pieces
        self._key = key
        self._report = report
        self._at_once = asyncio.Semaphore(PARTS_AT_ONCE)

    async def run(self) -> Script:
        """Ask everything that the draft does not answer yet, and assemble the script."""
        if len(self._parts) == 1:
            question = ask_for_script(self._request, self._parts[0])
            head = await self._tell(0, question)
            cast = head.cast
            await self._fill(0, self._parts[0], cast)
        else:
            head, cast = await self._meet()
            told = [self._tell_part(number, part, cast) for number, part in enumerate(self._parts)]
            # A failure stops no other part: every answer is paid for.
            results = await asyncio.gather(*told, return_exceptions=True)
            for result in results:
                if result is not None:
                    raise result
        shots = [shot for number in range(len(self._parts)) for shot in self._draft.gaps[number]]
        limit = self._request.shot_count or MAX_SHOTS_PER_STORY
        title = self._request.title or head.title or fallback_title(self._request)
        return built_from(
            head.summary,
            Script,
            title=title[:MAX_TITLE_LENGTH],
            language=self._request.language or head.language_tag,
            shots=tuple(shot.to_shot(cast) for shot in merge_shots(shots, limit)),
        )

    async def _meet(self) -> tuple[ScriptWire, tuple[Character, ...]]:
        """The title and language at the beginning of the story, and the cast of the whole.

        One piece after the other, so that known characters keep their names and looks.
        """
        cast: tuple[Character, ...] = ()
        for number, part in enumerate(self._cast_pieces):
            if number not in self._draft.casts:
                question = ask_for_cast(self._request, part, known=cast)
                self._draft.casts[number] = await self._chat.ask(
                    question, _read_cast, idempotency_key=f"{self._key}:cast{number}"
                )
                await self._tell_progress()
            cast = merge_casts(cast, self._draft.casts[number].cast)
        return self._draft.casts[0], cast

    async def _tell_part(self, number: int, part: Part, cast: Sequence[Character]) -> None:
        async with self._at_once:
            await self._tell(number, ask_for_shots(self._request, part, cast=cast))
            await self._fill(number, part, cast)

    async def _tell(self, number: int, question: Question) -> ScriptWire:
        """The answer about a part."""
        if number not in self._draft.parts:
            self._draft.parts[number] = await self._chat.ask(
                question, read_script_wire, idempotency_key=f"{self._key}:part{number}"
            )
            await self._tell_progress()
        return self._draft.parts[number]

    async def _fill(self, number: int, part: Part, cast: Sequence[Character]) -> None:
        """Ask again for text that no shot covers: models omit the end, or the middle."""
        if number in self._draft.gaps:
            return
        shots = self._draft.parts[number].ordered_shots()
        for gap in find_gaps(part, [told for shot in shots if (told := shot.passages)]):
            first = gap.passages[0].number
            _logger.info("passages_left_out", part=number, first=first, count=len(gap.passages))
            question = ask_for_shots(self._request, gap, cast=cast)
            more = await self._chat.ask(
                question, read_script_wire, idempotency_key=f"{self._key}:from{first}"
            )
            await self._tell_progress()
            shots = _inserted(shots, more.ordered_shots(), at=first)
        self._draft.gaps[number] = shots

    async def _tell_progress(self) -> None:
        await self._report(len(self._draft.parts) / len(self._parts))


def _inserted(shots: list[ShotWire], more: list[ShotWire], *, at: int) -> list[ShotWire]:
    """Insert shots before the first that covers text after passage `at`."""
    later = (i for i, shot in enumerate(shots) if shot.passages and shot.passages[0] > at)
    place = next(later, len(shots))
    return [*shots[:place], *more, *shots[place:]]


async def _read_cast(text: str, *, is_cut_off: bool) -> ScriptWire:
    value = unwrap(await read_value(text, is_cut_off=is_cut_off), {"characters"})
    fields = as_object(value)
    if fields is None or "characters" not in fields:
        raise bad_json()
    return ScriptWire.model_validate({**fields, "shots": []})
