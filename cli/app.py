"""The commands and their options. Implementations are imported on use, so that help is fast."""

import gc
import sys
from collections.abc import Coroutine
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from domain import (
    MAX_SHOTS_PER_STORY,
    MIN_SHOTS_WISHED,
    AspectRatio,
    Motion,
    Scope,
    Style,
    TextFormat,
)
from errors import AIStoryError, RequestError, SetupError
from settings import Settings, find_unknown_settings, read_settings

_FAILED = 1
_CANNOT_START = 2
_DEFAULT_PORT = 8_000


class _Look(StrEnum):
    """Styles on the command line."""

    MOVIE = "movie"
    ANIMATION = "animation"
    REALISTIC = "realistic"


class _Shape(StrEnum):
    """Aspect ratios on the command line."""

    WIDE = "16:9"
    TALL = "9:16"
    SQUARE = "1:1"


class _Motion(StrEnum):
    """Motions on the command line."""

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
    help="Turn a written story into a narrated film. The default command is serve.",
    epilog="""\b
    Examples:
      main.py                                  run everything on http://127.0.0.1:8000
      main.py film examples/one-line.en.txt    make one film without a server
      main.py serve --help                     show the options of a command

    Settings are environment variables that begin with AI_STORY_, or lines of the file .env.
    AI_STORY_HOME sets the data folder, AI_STORY_DATABASE_URL selects your own PostgreSQL.""",
)


def _settings(*, quiet: bool = False) -> Settings:
    """Read the settings and set up logging. `quiet` keeps routine lines off a live display."""
    from cli.logs import configure_logs

    settings = read_settings()
    is_chosen = "log_level" in settings.model_fields_set
    level = "error" if quiet and not is_chosen else settings.log_level
    configure_logs(level=level, log_format=settings.log_format)
    for name, nearest in find_unknown_settings().items():
        hint = f" Did you mean {nearest}?" if nearest else ""
        typer.echo(f"Warning: unknown setting {name}.{hint}", err=True)
    return settings


def _run(work: Coroutine[Any, Any, None], *, code_when_stopped: int = 0) -> None:
    """Run the command's work. Stopping a server is a success, with code 0."""
    from cli import running

    gc.enable()
    try:
        running.run(work)
    except running.StoppedError:
        raise typer.Exit(code_when_stopped) from None


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on. Other than loopback requires AI_STORY_AUTH.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen on. 0 selects any free port.")
    ] = _DEFAULT_PORT,
    worker: Annotated[
        bool,
        typer.Option("--worker/--no-worker", help="Run jobs in this process or not."),
    ] = True,
) -> None:
    """Serve the web page, GraphQL, REST and media, and run the jobs.

    \b
    Examples:
      main.py serve --port 9000
      main.py serve --no-worker     with any number of `main.py worker`
    """
    settings = _settings()
    from cli.listening import listen

    listener = listen(host, port, may_be_reached=settings.auth != "off")
    from cli import serve as server  # after the port is taken: nothing takes longer to import

    _run(server.serve(settings, listener, with_worker=worker))


@app.command()
def worker(
    host: Annotated[
        str, typer.Option(help="Address of the health probes. Use 0.0.0.0 in a container.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            help="Serve /healthz and /readyz on this port. 0 selects any free port.",
        ),
    ] = None,
) -> None:
    """Run jobs without serving clients, next to `serve --no-worker`.

    \b
    Any number of workers can share one AI_STORY_HOME or one AI_STORY_DATABASE_URL:
      main.py serve --no-worker
      main.py worker
      main.py worker --port 8001     with health probes
    """
    settings = _settings()
    from cli.listening import listen

    # Probes reveal nothing that needs credentials.
    listener = None if port is None else listen(host, port, may_be_reached=True)
    from cli import worker as working

    _run(working.work(settings, listener))


@app.command()
def film(
    story: Annotated[str, typer.Argument(help="A text file, or - for standard input.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Output file. The default is the name of the story file with .mp4.",
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="Encoding of the file, such as GB18030. The default is detected."),
    ] = None,
    text_format: Annotated[
        TextFormat | None,
        typer.Option(
            "--format", case_sensitive=False, help="Format of the text. The default is recognized."
        ),
    ] = None,
    style: Annotated[_Look, typer.Option(help="Visual style of the pictures.")] = _Look.MOVIE,
    title: Annotated[
        str | None, typer.Option(help="Title. The default is taken from the text.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Language tag such as en or zh. The default is detected.")
    ] = None,
    shots: Annotated[
        int | None,
        typer.Option(
            min=MIN_SHOTS_WISHED, max=MAX_SHOTS_PER_STORY, help="Number of shots to aim for."
        ),
    ] = None,
    aspect: Annotated[_Shape, typer.Option(help="Aspect ratio of the film.")] = _Shape.WIDE,
    motion: Annotated[
        _Motion, typer.Option(help="clip animates the pictures with AI_STORY_CLIP_PROVIDER.")
    ] = _Motion.STILL,
    subtitles: Annotated[
        bool, typer.Option("--subtitles/--no-subtitles", help="Burn in subtitles or not.")
    ] = True,
) -> None:
    """Make one film and exit.

    The exit code is 0 on success, 1 if the film failed, 2 if the command could not start and 130
    after Ctrl-C.

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
        typer.echo(
            f"The story was read as {told.encoding}. Use --encoding to choose another.", err=True
        )
    from cli import film as making
    from resolvers.stories import StoryWish

    wish = StoryWish(
        content=told.text,
        title=title,
        style=Style[style.name],
        aspect_ratio=_RATIOS[aspect],
        language=language or "",
        shot_count=shots,
        text_format=text_format,
        auto_render=subtitles,
        motion=Motion[motion.name],
    )
    order = making.FilmOrder(
        wish=wish, output=path, encoding=told.encoding, with_subtitles=subtitles
    )
    _run(making.make_film(settings, order), code_when_stopped=130)


@app.command()
def migrate() -> None:
    """Upgrade the database to the latest schema.

    All other commands also do this when they start.
    """
    settings = _settings()
    from cli import migrate as migrating

    _run(migrating.migrate(settings))


documents = typer.Typer(help="Manage trusted GraphQL documents, which clients send by ID.")
app.add_typer(documents, name="documents")


@documents.command()
def register(
    folder: Annotated[
        Path, typer.Argument(help="Folder with .graphql files, searched recursively.")
    ],
) -> None:
    """Register every .graphql file of a folder and print the document IDs.

    \b
    Clients send {"documentId": "sha256:...", "variables": ...} over POST or WebSocket. With
    AI_STORY_DOCUMENTS=enforce, only registered documents run.
    """
    settings = _settings()
    from cli.documents import register_documents

    _run(register_documents(settings, folder))


keys = typer.Typer(
    help="Manage API keys, for servers with AI_STORY_AUTH=keys.", no_args_is_help=True
)
app.add_typer(keys, name="keys")


@keys.command()
def create(
    name: Annotated[
        str, typer.Argument(help="Name of the key, for example the client that uses it.")
    ],
    owner: Annotated[
        str, typer.Option(help="Owner of the stories. Several keys can share an owner.")
    ],
    scope: Annotated[
        Scope,
        typer.Option(
            help="read; write also creates and changes; admin also sees data of all owners."
        ),
    ] = Scope.WRITE,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=3_650, help="Days until the key expires. The default is never."),
    ] = None,
) -> None:
    """Create a key and print it. It cannot be shown again.

    \b
    Examples:
      main.py keys create phone-app --owner alice
      main.py keys create dashboard --owner team --scope read --days 90

    Stories that were created without authentication belong to the owner "local".
    """
    settings = _settings()
    from cli.keys import create_key

    _run(create_key(settings, name, owner_id=owner, scope=scope, days=days))


@keys.command("list")
def list_() -> None:
    """List all keys, without their secrets."""
    settings = _settings()
    from cli.keys import list_keys

    _run(list_keys(settings))


@keys.command()
def revoke(name: Annotated[str, typer.Argument(help="Name of the key.")]) -> None:
    """Revoke a key. Open connections that use it are closed within 20 seconds."""
    settings = _settings()
    from cli.keys import revoke_key

    _run(revoke_key(settings, name))


providers = typer.Typer(help="Check the providers of each stage.", no_args_is_help=True)
app.add_typer(providers, name="providers")


@providers.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check that each provider is reachable, accepts the key and has the model.

    The check is free of charge. The exit code is 0 if all providers are usable, otherwise 1.
    """
    settings = _settings(quiet=True)
    from cli.providers import check_providers

    _run(check_providers(settings, as_json=as_json), code_when_stopped=130)


media = typer.Typer(help="Check stored pictures, clips and films.", no_args_is_help=True)
app.add_typer(media, name="media")


@media.command("check")
def check_media(
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete files without a database row.")
    ] = False,
    older_than: Annotated[
        int,
        typer.Option(min=0, help="Minutes. Newer files are skipped: a running job may own them."),
    ] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find files without a database row, and rows without a file.

    Files are deleted only with --delete. The exit code is 0 if nothing is left over or missing,
    otherwise 1.
    """
    settings = _settings(quiet=True)
    from cli import media as command

    age = timedelta(minutes=older_than)
    work = command.check_media(settings, delete=delete, older_than=age, as_json=as_json)
    _run(work, code_when_stopped=130)


def run(*, name: str = "main.py") -> None:
    """Run the command line. Expected errors print one message and no traceback.

    `name` is that of the program in its help.
    """
    # Until the command's work begins: imports leave no garbage, and to look for it takes an eighth
    # of their time.
    gc.disable()
    try:
        app(_with_a_command(sys.argv[1:]), prog_name=name)
    except (SetupError, RequestError) as error:
        _end(error, _CANNOT_START)
    except AIStoryError as error:
        _end(error, _FAILED)


def _with_a_command(arguments: list[str]) -> list[str]:
    """Add the default command `serve`, so that `main.py --port 9000` works."""
    names_none = not arguments or arguments[0].startswith("-")
    asks_for_help = arguments[:1] in (["-h"], ["--help"])
    return ["serve", *arguments] if names_none and not asks_for_help else arguments


def _end(error: AIStoryError, code: int) -> None:
    typer.echo(error.message, err=True)
    sys.exit(code)
