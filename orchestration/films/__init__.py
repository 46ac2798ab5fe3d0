"""The parts of a film: pictures, clips, voices, lengths, and the warnings about what it lacks."""
