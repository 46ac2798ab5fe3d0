"""How written text is taken apart: lines, sentences and words, in every language. Knows nobody."""
