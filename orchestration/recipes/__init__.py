"""The recipes: script, picture, clip and film. How work is done is in `work`."""
