"""What is made, and of what: script, picture, clip and film. How work is done is in `work`."""
