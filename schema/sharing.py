"""One answer for all subscribers that would get the same.

The followers of a story get the same rows (`resolvers.following`). A subscription's answer about a
row depends on its document, on the variables below its root field and on the context's `audience`.
Subscribers with equal values share an answer, which is executed and encoded once. Everything else
stays separate: position, cursor, reading speed. So no subscriber waits for another, and each may
disconnect without effect on the others.

Answers are cached briefly; a later subscriber executes again. An answer with errors is not shared,
because errors are made public for each connection.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from graphql import (
    SKIP,
    ArgumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    VisitorAction,
    visit,
)

_KEPT_S = 2.0
"""Frees memory without waiting for the next change; a signed address must outlive its answer."""
_KEPT = 128
"""Maximum number of answers: a hundred shots that change at once are a burst of as many."""
_ENOUGH_TO_SHARE = 2
_OPERATIONS = 256
"""Whose variables are remembered; comparing nodes is much faster than visiting them."""

Execute = Callable[[], ExecutionResult | Awaitable[ExecutionResult]]


class SharedData(dict[str, Any]):
    """The shared data of an answer, and its JSON once it is encoded."""

    encoded: str | None = None


@dataclass(slots=True)
class _Execution:
    """One for all subscribers that need the same at the same time."""

    row: object
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    has_errors: bool = False


class Answers:
    """The answers about the last rows for the subscribers of one operation.

    Rows are distinguished by identity, and kept alive, so that no other object gets the same
    identity.
    """

    def __init__(self) -> None:
        """No subscribers yet; `subscribers` refers to each only weakly."""
        self.subscribers: WeakSet[Any] = WeakSet()
        self._known: OrderedDict[int, tuple[object, ExecutionResult]] = OrderedDict()
        self._running: dict[int, _Execution] = {}

    def give(self, row: object, execute: Execute) -> ExecutionResult | Awaitable[ExecutionResult]:
        """The answer about the row: a shared one, or a new one."""
        if len(self.subscribers) < _ENOUGH_TO_SHARE:
            return execute()
        known = self._known.get(id(row))
        if known is not None:
            return known[1]
        running = self._running.get(id(row))
        if running is not None:
            return self._wait(running, execute)
        result = execute()
        if isinstance(result, ExecutionResult):
            return self._keep(row, result)
        return self._lead(_Execution(row), result)

    async def _lead(
        self, execution: _Execution, executing: Awaitable[ExecutionResult]
    ) -> ExecutionResult:
        self._running[id(execution.row)] = execution
        try:
            result = await executing
            execution.has_errors = bool(result.errors)
            return self._keep(execution.row, result)
        finally:
            del self._running[id(execution.row)]
            execution.ended.set()

    async def _wait(self, running: _Execution, execute: Execute) -> ExecutionResult:
        """If the executing subscriber disconnects, another takes over. Errors are not shared."""
        await running.ended.wait()
        result = execute() if running.has_errors else self.give(running.row, execute)
        return result if isinstance(result, ExecutionResult) else await result

    def _keep(self, row: object, result: ExecutionResult) -> ExecutionResult:
        if result.errors or result.data is None:
            return result
        if not self._known:
            asyncio.get_running_loop().call_later(_KEPT_S, self._known.clear)
        shared = ExecutionResult(SharedData(result.data))
        self._known[id(row)] = row, shared
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return shared


_answers: WeakValueDictionary[Hashable, Answers] = WeakValueDictionary()


def answers_for(
    operation: OperationDefinitionNode,
    fragments: Iterable[FragmentDefinitionNode],
    variables: dict[str, Any],
    audience: Hashable,
) -> Answers:
    """What the subscribers of this operation share, as long as there are any."""
    names = _list_variables(operation, tuple(fragments))
    source = operation.loc.source.body if operation.loc else id(operation)
    key = (
        source,
        operation.name and operation.name.value,
        tuple((name, repr(variables.get(name))) for name in names),
        audience,
    )
    answers = _answers.get(key)
    if answers is None:
        answers = _answers[key] = Answers()
    return answers


@lru_cache(_OPERATIONS)
def _list_variables(
    operation: OperationDefinitionNode, fragments: tuple[FragmentDefinitionNode, ...]
) -> list[str]:
    """The variables that an answer depends on: all but the root field's own arguments.

    Those only select rows; clients that resume from different cursors still share what follows.
    """
    by_name = {node.name.value: node for node in fragments}
    finder = _Finder(set(_root_arguments(operation.selection_set, by_name, set())))
    for node in (operation, *fragments):
        visit(node, finder)
    return sorted(finder.names)


class _Finder(Visitor):
    """Collects the names of variables."""

    def __init__(self, passed_over: set[int]) -> None:
        super().__init__()
        self.names: set[str] = set()
        self._passed_over = passed_over

    def enter_argument(self, node: ArgumentNode, *_: object) -> VisitorAction:
        return SKIP if id(node) in self._passed_over else None

    def enter_variable_definition(self, _node: VariableDefinitionNode, *_: object) -> VisitorAction:
        return SKIP

    def enter_variable(self, node: VariableNode, *_: object) -> VisitorAction:
        self.names.add(node.name.value)
        return None


def _root_arguments(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], seen: set[str]
) -> Iterable[int]:
    """The identities of the root fields' arguments."""
    for node in selections.selections:
        match node:
            case FieldNode():
                yield from (id(argument) for argument in node.arguments or ())
            case InlineFragmentNode():
                yield from _root_arguments(node.selection_set, fragments, seen)
            case FragmentSpreadNode(name=name) if name.value not in seen:
                seen.add(name.value)
                fragment = fragments[name.value]
                yield from _root_arguments(fragment.selection_set, fragments, seen)
            case _:
                pass
