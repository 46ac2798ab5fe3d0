"""Makes the sound of a film: speech, music, loudness."""
