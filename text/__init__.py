"""How written text of every language is taken apart: into lines, sentences and words.

The lowest floor: the studio, the services' adapters and the films all stand on it.
"""
