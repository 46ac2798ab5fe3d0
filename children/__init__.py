"""Child processes: how they start, how long they may take, and what their end means.

It uses only the standard library and `errors`. Nothing else starts a child for a piece of work, so
one place decides whether the work has failed.
"""
