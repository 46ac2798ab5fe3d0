"""Every recipe, by its kind of work."""

from domain import ServiceKind
from orchestration.providers.line_up import LineUp
from orchestration.recipes.clip import ClipRecipe
from orchestration.recipes.film import FilmRecipe
from orchestration.recipes.picture import PictureRecipe
from orchestration.recipes.script import ScriptRecipe
from orchestration.work.run import Recipes


def recipes_of(line_up: LineUp) -> Recipes:
    """The recipes; subsequent work begins at the first of the services."""
    return {
        ServiceKind.SCRIPT: ScriptRecipe(line_up),
        ServiceKind.IMAGE: PictureRecipe(line_up),
        ServiceKind.CLIP: ClipRecipe(line_up),
        ServiceKind.VIDEO: FilmRecipe(),
    }
