"""A canceled submit hears its answer, if that comes soon."""

from tests.standstill import told_after_a_standstill

IS_CANCELED = """
retries.LAST_WORD_S = 0.8

async def main():
    pipe = await open_pipe()

    async def submit():
        try:
            tell(await pipe.readline())
        except asyncio.CancelledError:
            tell(b"")

    task = asyncio.create_task(retries.to_its_end(submit()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})

asyncio.run(main())"""


async def test_the_answer_that_came_while_the_process_stood_still_is_heard() -> None:
    assert await told_after_a_standstill(IS_CANCELED, seconds=1.5) == ["the answer"]
