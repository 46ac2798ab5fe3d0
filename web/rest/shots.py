"""Shots over REST."""

from typing import TypeVar

from starlette.requests import Request

from db.rows import ShotRow
from domain import RESTARTABLE_STATUSES
from resolvers import shots
from resolvers.context import Context
from resolvers.shots import ShotEdit
from web.rest.bodies import Shot, ShotStatus, UpdateShotBody
from web.rest.operations import read_body
from web.rest.words import parse_transition

T = TypeVar("T")


async def get_shot(request: Request, context: Context) -> Shot:
    """The shot with its picture; the route to poll."""
    return Shot.of(await shots.require_shot(context, request.path_params["id"]), context)


async def update_shot(request: Request, context: Context) -> ShotStatus:
    """Change the shot, and regenerate its picture if the prompt requires it.

    Raises:
        InvalidInputError: The body is invalid.
        InvalidStateError: A new picture is requested while one is being drawn.
    """
    body = await read_body(request, UpdateShotBody)
    shot = await shots.require_shot(context, request.path_params["id"])
    edit = _edit_of(shot, body)
    if edit != ShotEdit():
        shot = await shots.update_shot(context, str(shot.id), edit)
    return ShotStatus(status=shot.status.lower())


def _edit_of(shot: ShotRow, body: UpdateShotBody) -> ShotEdit:
    """The changed fields; a prompt on a failed shot regenerates it even if it is the same."""
    prompt = _given(body.prompt)
    named = _given(body.transition)
    transition = None if named is None else parse_transition(named)
    restarts = prompt is not None and shot.status in RESTARTABLE_STATUSES
    return ShotEdit(
        prompt=_differing(prompt, shot.prompt),
        narration=_differing(_given(body.narration), shot.narration),
        transition=_differing(transition, shot.transition),
        regenerate=restarts or _differing(prompt, shot.prompt) is not None,
    )


def _given(text: str | None) -> str | None:
    return text if text and text.strip() else None


def _differing(wanted: T | None, present: T) -> T | None:
    return None if wanted == present else wanted
