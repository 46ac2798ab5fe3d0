"""Shots over REST."""

from starlette.requests import Request

from db.rows import ShotRow
from domain import RESTARTABLE_STATUSES
from resolvers import shots
from resolvers.shots import ShotEdit
from web.rest.bodies import Shot, ShotStatus, UpdateShotBody
from web.rest.operations import read_body
from web.rest.words import parse_transition
from web.services import services_of


async def get_shot(request: Request) -> Shot:
    """The shot with its picture; the route to poll."""
    context = services_of(request).context_for(request)
    return Shot.of(await shots.require_shot(context, request.path_params["id"]), context)


async def update_shot(request: Request) -> ShotStatus:
    """Change the shot, and draw it anew where the prompt asks for it.

    Raises:
        InvalidInputError: The body is not sound.
        InvalidStateError: It is to be drawn anew and is being drawn.
    """
    body = await read_body(request, UpdateShotBody)
    context = services_of(request).context_for(request)
    shot = await shots.require_shot(context, request.path_params["id"])
    edit = _edit_of(shot, body)
    if edit != ShotEdit():
        shot = await shots.update_shot(context, str(shot.id), edit)
    return ShotStatus(status=shot.status)


def _edit_of(shot: ShotRow, body: UpdateShotBody) -> ShotEdit:
    prompt, narration, transition = map(_given, (body.prompt, body.narration, body.transition))
    return ShotEdit(
        prompt=prompt,
        narration=narration,
        transition=None if transition is None else parse_transition(transition),
        regenerate=prompt is not None
        and (prompt != shot.prompt or shot.status in RESTARTABLE_STATUSES),
    )


def _given(text: str | None) -> str | None:
    return text if text and text.strip() else None
