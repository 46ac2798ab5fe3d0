"""All known words of a scene in one lexicon, so that the longest word wins."""

from orchestration.lexicon import Lexicon
from orchestration.providers.studio.figure_words import FIGURES
from orchestration.providers.studio.look_words import LOOKS, POSES
from orchestration.providers.studio.scenery_words import SCENERY

WORDS = Lexicon((*LOOKS, *POSES), nouns=(*SCENERY, *FIGURES))
