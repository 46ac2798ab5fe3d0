"""The media store and film composition; imports no upper layer and no provider."""
