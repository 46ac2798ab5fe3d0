"""Services that speak OpenAI's HTTP protocols, wherever they run: language, pictures, speech."""
