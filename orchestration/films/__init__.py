"""What a film is put together from: pictures, clips, voices, lengths, and what it lacks."""
