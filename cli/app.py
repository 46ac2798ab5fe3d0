"""The commands and their options. Each imports what it runs when it is called: help is instant."""

import sys
from collections.abc import Coroutine
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from domain import MAX_SHOTS_PER_STORY, MIN_SHOTS_WISHED, AspectRatio, Motion, Scope, Style
from errors import AIStoryError, RequestError, SetupError
from settings import Settings, find_unknown_settings, read_settings

_FAILED = 1
_CANNOT_START = 2
_DEFAULT_PORT = 8_000


class _Look(StrEnum):
    """Styles as they are typed."""

    MOVIE = "movie"
    ANIMATION = "animation"
    REALISTIC = "realistic"


class _Shape(StrEnum):
    """Aspect ratios as they are typed."""

    WIDE = "16:9"
    TALL = "9:16"
    SQUARE = "1:1"


class _Motion(StrEnum):
    """Motions as they are typed."""

    STILL = "still"
    CLIP = "clip"


_RATIOS = {
    _Shape.WIDE: AspectRatio.WIDE_16_9,
    _Shape.TALL: AspectRatio.TALL_9_16,
    _Shape.SQUARE: AspectRatio.SQUARE_1_1,
}

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="Turns a written story into a film. Without a command it serves.",
    epilog="""\b
    Examples:
      main.py                                  everything, on http://127.0.0.1:8000
      main.py film examples/one-line.en.txt    one film, without a server
      main.py serve --help                     what a command can do

    Settings come from the environment and from the file .env, each beginning with AI_STORY_:
    AI_STORY_HOME says where data lies, AI_STORY_DATABASE_URL names a PostgreSQL of your own.""",
)


def _settings(*, quiet: bool = False) -> Settings:
    """Read the settings and route the logs; `quiet` keeps everyday lines off a live display."""
    from cli.logs import configure_logs

    settings = read_settings()
    is_chosen = "log_level" in settings.model_fields_set
    level = "error" if quiet and not is_chosen else settings.log_level
    configure_logs(level=level, log_format=settings.log_format)
    for name, nearest in find_unknown_settings().items():
        meant = f"; is {nearest} meant?" if nearest else ""
        typer.echo(f"{name} is no setting of AI-Story{meant}", err=True)
    return settings


def _run(work: Coroutine[Any, Any, None], *, code_when_stopped: int = 0) -> None:
    """Run the command's work; who tells a server to stop gets what he asked for, code 0."""
    from cli import running

    try:
        running.run(work)
    except running.StoppedError:
        raise typer.Exit(code_when_stopped) from None


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="The address to serve on; beyond this machine with AI_STORY_AUTH.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="0 takes any free one.")
    ] = _DEFAULT_PORT,
    worker: Annotated[
        bool,
        typer.Option("--worker/--no-worker", help="Do the work here, or leave it to others."),
    ] = True,
) -> None:
    """Serve GraphQL, REST and media, and do the work.

    \b
    Examples:
      main.py serve --port 9000
      main.py serve --no-worker     beside any number of `main.py worker`
    """
    settings = _settings()
    from cli.listening import listen

    listener = listen(host, port, may_be_reached=settings.auth != "off")
    from cli import serve as server  # after the port is ours: nothing takes longer to import

    _run(server.serve(settings, listener, with_worker=worker))


@app.command()
def worker(
    host: Annotated[
        str, typer.Option(help="The address of the probes; 0.0.0.0 for an orchestrator's.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65_535, help="Answer /healthz and /readyz here; 0 takes any."),
    ] = None,
) -> None:
    """Do the work without serving, beside `serve --no-worker`.

    \b
    Any number of them share the database of one home, or one AI_STORY_DATABASE_URL:
      main.py serve --no-worker
      main.py worker
      main.py worker --port 8001     with probes that say whether it takes jobs
    """
    settings = _settings()
    from cli.listening import listen

    # Probes tell nothing that a server asks credentials for.
    listener = None if port is None else listen(host, port, may_be_reached=True)
    from cli import worker as working

    _run(working.work(settings, listener))


@app.command()
def film(
    story: Annotated[str, typer.Argument(help="A text file; - reads standard input.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The film's file; the story's name with .mp4."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="The file's, such as GB18030 or Big5; else it is found out.")
    ] = None,
    style: Annotated[_Look, typer.Option(help="The look of the pictures.")] = _Look.MOVIE,
    title: Annotated[str | None, typer.Option(help="Else it comes from the text.")] = None,
    language: Annotated[
        str | None, typer.Option(help="A tag like en or zh; else the text's own.")
    ] = None,
    shots: Annotated[
        int | None,
        typer.Option(min=MIN_SHOTS_WISHED, max=MAX_SHOTS_PER_STORY, help="How many to wish for."),
    ] = None,
    aspect: Annotated[_Shape, typer.Option(help="The shape of the film.")] = _Shape.WIDE,
    motion: Annotated[
        _Motion, typer.Option(help="clip: the pictures move, by AI_STORY_CLIP_PROVIDER.")
    ] = _Motion.STILL,
    subtitles: Annotated[
        bool, typer.Option("--subtitles/--no-subtitles", help="Write the words into the picture.")
    ] = True,
) -> None:
    """Make one film and end.

    The exit code is 0 when the film is there, 1 when it failed, 130 after Ctrl-C.

    \b
    Examples:
      main.py film examples/tortoise-and-hare.en.txt
      main.py film story.txt -o film.mp4 --style animation --aspect 9:16
      echo "A fox learns to sing." | main.py film - -o fox.mp4 --shots 6
    """
    settings = _settings(quiet=True)
    from cli.story_files import STDIN, check_output, read_story

    path = output or Path("film.mp4" if story == STDIN else f"{Path(story).stem}.mp4")
    check_output(path)
    told = read_story(story, encoding=encoding)
    if told.encoding != "UTF-8":
        typer.echo(f"The story is read as {told.encoding}; --encoding names another.", err=True)
    from cli import film as making
    from resolvers.stories import StoryWish

    wish = StoryWish(
        content=told.text,
        title=title,
        style=Style[style.name],
        aspect_ratio=_RATIOS[aspect],
        language=language,
        shot_count=shots,
        auto_render=subtitles,
        motion=Motion[motion.name],
    )
    order = making.FilmOrder(
        wish=wish, output=path, encoding=told.encoding, with_subtitles=subtitles
    )
    _run(making.make_film(settings, order), code_when_stopped=130)


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema.

    The other commands do the same when they start.
    """
    settings = _settings()
    from cli import migrate as migrating

    _run(migrating.migrate(settings))


documents = typer.Typer(help="GraphQL documents that clients may name by their digest.")
app.add_typer(documents, name="documents")


@documents.command()
def register(
    folder: Annotated[Path, typer.Argument(help="Holds .graphql files, in folders too.")],
) -> None:
    """Register every .graphql file of a folder, and print what clients send instead of it.

    \b
    A client sends {"documentId": "sha256:...", "variables": ...}, over POST or WebSocket. With
    AI_STORY_DOCUMENTS=enforce nothing else runs.
    """
    settings = _settings()
    from cli.documents import register_documents

    _run(register_documents(settings, folder))


keys = typer.Typer(help="API keys, for a server with AI_STORY_AUTH=keys.", no_args_is_help=True)
app.add_typer(keys, name="keys")


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is called here: whose or what for.")],
    owner: Annotated[
        str, typer.Option(help="Whose stories it makes and sees; several keys may share one.")
    ],
    scope: Annotated[
        Scope,
        typer.Option(help="read; write makes and changes too; admin sees what is everybody's."),
    ] = Scope.WRITE,
    days: Annotated[
        int | None, typer.Option(min=1, max=3_650, help="After so many it expires.")
    ] = None,
) -> None:
    """Make a key and print it, this once.

    \b
    Examples:
      main.py keys create phone-app --owner alice
      main.py keys create dashboard --owner team --scope read --days 90

    What was made before keys were asked for belongs to the owner "local".
    """
    settings = _settings()
    from cli.keys import create_key

    _run(create_key(settings, name, owner_id=owner, scope=scope, days=days))


@keys.command("list")
def list_() -> None:
    """Show all keys, without the keys themselves."""
    settings = _settings()
    from cli.keys import list_keys

    _run(list_keys(settings))


@keys.command()
def revoke(name: Annotated[str, typer.Argument(help="The key's name.")]) -> None:
    """Let a key count no longer; within 20 seconds no connection is left that uses it."""
    settings = _settings()
    from cli.keys import revoke_key

    _run(revoke_key(settings, name))


providers = typer.Typer(help="The models behind each stage.", no_args_is_help=True)
app.add_typer(providers, name="providers")


@providers.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Ask each configured provider whether it answers, takes the key and has the model.

    Nothing is asked that costs. The exit code is 0 when all would do their work, 1 otherwise.
    """
    settings = _settings(quiet=True)
    from cli.providers import check_providers

    _run(check_providers(settings, as_json=as_json), code_when_stopped=130)


media = typer.Typer(help="The stored pictures, clips and films.", no_args_is_help=True)
app.add_typer(media, name="media")


@media.command("check")
def check_media(
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete the files that no row names.")
    ] = False,
    older_than: Annotated[
        int, typer.Option(min=0, help="Minutes; younger files may belong to running work.")
    ] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Compare the media store with the database: files without a row, and rows without a file.

    Deletes nothing unless told to. The exit code is 0 when both agree, 1 otherwise.
    """
    settings = _settings(quiet=True)
    from cli import media as command

    age = timedelta(minutes=older_than)
    work = command.check_media(settings, delete=delete, older_than=age, as_json=as_json)
    _run(work, code_when_stopped=130)


def run() -> None:
    """Run the command line; what a person can mend is one sentence, never a traceback."""
    try:
        app(_with_a_command(sys.argv[1:]), prog_name="main.py")
    except (SetupError, RequestError) as error:
        _end(error, _CANNOT_START)
    except AIStoryError as error:
        _end(error, _FAILED)


def _with_a_command(arguments: list[str]) -> list[str]:
    """Without a command it is `serve`, so that `main.py --port 9000` works too."""
    names_none = not arguments or arguments[0].startswith("-")
    asks_for_help = arguments[:1] in (["-h"], ["--help"])
    return ["serve", *arguments] if names_none and not asks_for_help else arguments


def _end(error: AIStoryError, code: int) -> None:
    typer.echo(error.message, err=True)
    sys.exit(code)
