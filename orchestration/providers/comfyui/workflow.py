"""An operator's workflow: ComfyUI's graph in its API format, with `{{name}}` placeholders.

A string that consists of one placeholder becomes the value itself, a number for a seed or a size.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from domain import ServiceKind
from errors import SetupError
from orchestration.providers.http.loose_json import as_list, as_object

_SETTING = ServiceKind.IMAGE.setting("WORKFLOW")
PLACEHOLDERS = ("prompt", "seed", "width", "height", "model")
MAX_BYTES = 2**20

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")

Value = str | int


class Workflow:
    """A validated graph; `fill` returns one to submit."""

    def __init__(self, graph: Mapping[str, object], *, setting: str = _SETTING) -> None:
        """Take the graph of nodes by ID; `setting` is named in errors.

        Raises:
            SetupError: It is not a graph in API format, or it has unknown placeholders.
        """
        if "nodes" in graph:
            raise SetupError(
                f"{setting} is in the editor's format. Export the workflow in API format."
            )
        nodes = [as_object(node) or {} for node in graph.values()]
        if not nodes or not all(
            isinstance(node.get("class_type"), str) and as_object(node.get("inputs")) is not None
            for node in nodes
        ):
            raise SetupError(f"{setting} is not a workflow in ComfyUI's API format.")
        self.names = frozenset(_names(graph))
        unknown = sorted(self.names.difference(PLACEHOLDERS))
        if unknown:
            raise SetupError(
                f"{setting} has the unknown placeholder {unknown[0]!r}. Known are "
                f"{', '.join(PLACEHOLDERS)}."
            )
        if "prompt" not in self.names:
            raise SetupError(f"{setting} requires the placeholder {{{{prompt}}}} for the prompt.")
        self._graph = graph

    @classmethod
    def read(cls, path: Path, *, setting: str = _SETTING) -> "Workflow":
        """Read a workflow's file; `setting` is named in errors.

        Raises:
            SetupError: It cannot be read, or is not a workflow; it names the setting.
        """
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise SetupError(f"Cannot read {setting} ({error.strerror}): {path}.") from None
        try:
            graph = as_object(json.loads(content)) if len(content) <= MAX_BYTES else None
        except (ValueError, RecursionError):
            graph = None
        if graph is None:
            raise SetupError(f"{setting} must be a JSON object of at most 1 MB: {path}.")
        return cls(graph, setting=setting)

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self._graph)

    def fill(self, values: Mapping[str, Value]) -> object:
        """The graph with every placeholder replaced."""
        return _filled(self._graph, values)


def _names(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield from _PLACEHOLDER.findall(part)
    for inner in _inside(part):
        yield from _names(inner)


def _inside(part: object) -> list[object]:
    fields = as_object(part)
    return list(fields.values()) if fields is not None else as_list(part) or []


def _filled(part: object, values: Mapping[str, Value]) -> object:
    if isinstance(part, str):
        whole = _PLACEHOLDER.fullmatch(part)
        if whole is not None:
            return values[whole[1]]
        return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), part)
    fields = as_object(part)
    if fields is not None:
        return {name: _filled(inner, values) for name, inner in fields.items()}
    items = as_list(part)
    return part if items is None else [_filled(inner, values) for inner in items]
