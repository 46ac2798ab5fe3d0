"""Services with OpenAI's HTTP protocols: language, pictures, speech."""
