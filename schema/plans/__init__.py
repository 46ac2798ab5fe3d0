"""Compiled queries: a plan per document and operation, executed column by column.

graphql-core visits every value of an answer one by one. A plan resolves each field once for all
rows of a level, so most of the work is a few C loops over columns. Fields are those of the schema:
the same resolvers, loaders and scalars serve both executors, and a new field needs nothing here.

A plan never fails a request by itself. What it does not know, and whatever goes wrong below the
root, is left to graphql-core, which executes the operation instead.
"""
