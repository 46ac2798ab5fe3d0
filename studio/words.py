"""All known words of a scene in one lexicon, so that the longest word wins."""

from studio.figure_words import FIGURES
from studio.lexicon import Lexicon
from studio.look_words import LOOKS, POSES
from studio.scenery_words import SCENERY

WORDS = Lexicon((*LOOKS, *POSES), nouns=(*SCENERY, *FIGURES))
