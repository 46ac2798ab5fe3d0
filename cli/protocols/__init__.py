"""uvicorn's protocols with limits on what a client may use."""
