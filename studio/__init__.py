"""Everything the program makes by rules, without a model: scripts, pictures, a voice and music."""
