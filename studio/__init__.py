"""What the program makes by itself, by rule alone: scripts, pictures, a voice and music."""
