"""Maintains schema/schema.graphql, the printed schema, and lists breaking changes.

python -m schema.contract [--check]: writes the printed schema, and its types for the page
(web/page/schema.d.ts), or fails if one is stale. Both list every change that may break a client of
the last printed schema: with --check, of the one committed before the present one.
"""

import argparse
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path

from graphql import GraphQLError, build_schema, find_breaking_changes, parse, validate

from schema.root import print_contract
from schema.typescript import print_types

PRINTOUT = Path(__file__).with_name("schema.graphql")
TYPES = PRINTOUT.parent.parent / "web" / "page" / "schema.d.ts"


def list_breaking_changes(old: str, new: str) -> list[str]:
    """The breaking changes between the old schema and the new one."""
    changes = find_breaking_changes(
        build_schema(old, assume_valid_sdl=True), build_schema(new, assume_valid_sdl=True)
    )
    return [change.description for change in changes]


def find_faults(document: str) -> list[str]:
    """Why a GraphQL document does not match the schema; empty if it does."""
    try:
        parsed = parse(document)
    except GraphQLError as error:
        return [error.message]
    errors = validate(build_schema(print_contract()), parsed)
    return [error.message for error in errors]


def last_committed_before() -> str:
    """The printed schema before its last commit; empty if there is none, or no git."""
    name = f"./{PRINTOUT.name}"
    revisions = _git("rev-list", "-2", "HEAD", "--", name).split()
    return _git("show", f"{revisions[1]}:{name}") if len(revisions) > 1 else ""


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=PRINTOUT.parent,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def main() -> None:
    """Write the printed schema, or with --check compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when stale")
    is_check = parser.parse_args().check
    kept = _read(PRINTOUT)
    new = print_contract()
    last = kept if kept != new else last_committed_before()
    for change in list_breaking_changes(last, new) if last else []:
        print(f"breaking: {change}", file=sys.stderr)
    printouts = {PRINTOUT: new, TYPES: print_types(new)}
    for path, content in printouts.items():
        if is_check:
            _fail_if_stale(path, content)
        else:
            path.write_text(content, "utf-8")


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def _fail_if_stale(path: Path, content: str) -> None:
    kept = _read(path)
    if kept == content:
        return
    lines = unified_diff(kept.splitlines(True), content.splitlines(True), path.name, "the schema")
    sys.stderr.writelines(lines)
    sys.exit(f"{path.name} is stale: run scripts/schema and commit it.")


if __name__ == "__main__":
    main()
