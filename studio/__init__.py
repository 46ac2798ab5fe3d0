"""The built-in studio: real scripts, pictures and a voice with no model, key or network.

Importing it is cheap: the painter's libraries are loaded in worker processes alone.
"""

from studio.image_provider import StudioImageProvider
from studio.script_provider import StudioScriptProvider
from studio.settings import PictureFault, ScriptFault, StudioSettings
from studio.voice_provider import StudioVoiceProvider

__all__ = [
    "PictureFault",
    "ScriptFault",
    "StudioImageProvider",
    "StudioScriptProvider",
    "StudioSettings",
    "StudioVoiceProvider",
]
