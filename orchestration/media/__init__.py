"""Where bytes are kept and how a film is put together; knows nobody above and no provider."""
