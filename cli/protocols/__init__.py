"""uvicorn's protocols as we run them: what a client may take is bounded, and ends with it."""
