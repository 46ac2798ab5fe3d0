"""The small queue and event of a connection."""

import asyncio

from cli.protocols.small import Gate, Inbox


async def test_items_arrive_in_order() -> None:
    inbox = Inbox[int]()
    reading = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    for number in range(3):
        inbox.put_nowait(number)

    assert [await reading, await inbox.get(), await inbox.get()] == [0, 1, 2]
    assert inbox.empty()


async def test_a_canceled_reader_takes_nothing() -> None:
    inbox = Inbox[int]()
    reading = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put_nowait(1)
    reading.cancel()
    await asyncio.wait({reading})

    assert await inbox.get() == 1


async def test_a_gate_holds_all_until_it_is_set() -> None:
    gate = Gate()
    await gate.wait()
    gate.clear()
    waiting = [asyncio.create_task(gate.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    assert not gate.is_set()
    assert not any(task.done() for task in waiting)

    gate.set()
    await asyncio.gather(*waiting)
    assert gate.is_set()
