"""The commands and their options. What each one does is in the file named after it.

Nothing but typer is imported here: each command imports what it needs, so that `serve` is ready and
`exec` is gone within a moment.
"""

import shlex
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from localcloud.cli.defaults import DEFAULT_PORT, default_data

NOT_RUNNING = 3

EXIT_CODES = """
Exit codes: 0 done; 1 it could not be done, a sentence on standard error says why; 2 wrong usage;
3 localcloud is not running.
"""

app = typer.Typer(
    help="A local Alibaba Cloud: RAM, STS, SMQ, Log Service and Function Compute on 127.0.0.1.\n\n"
    "Start it with `localcloud serve`; run Pulumi, the official SDKs or fctask against it with "
    "`localcloud exec -- CMD`.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Port = Annotated[
    int,
    typer.Option(
        envvar="LOCALCLOUD_PORT", min=1, max=65535, help="Port on 127.0.0.1.", show_default=True
    ),
]
FreePort = Annotated[
    int,
    typer.Option(
        envvar="LOCALCLOUD_PORT", min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one."
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        envvar="LOCALCLOUD_DATA",
        file_okay=False,
        help="Folder with all that localcloud keeps. Default: localcloud in $XDG_DATA_HOME, or "
        "~/.local/share/localcloud.",
    ),
]


def _tell_version(asked: bool) -> None:
    if asked:
        from localcloud.version import version

        typer.echo(version())
        raise typer.Exit


@app.callback()
def localcloud(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    """The options of `localcloud` itself; its help is the app's."""


@app.command(epilog=EXIT_CODES)
def serve(
    port: FreePort = DEFAULT_PORT,
    data: Data = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="A line on standard error for each request.")
    ] = False,
) -> None:
    """Run localcloud in the foreground until Ctrl-C, SIGTERM or `localcloud stop`.

    Prints one line with its URL on standard output when it accepts requests. A restart forgets
    nothing. Access key id and secret are both `localcloud`, the account is 1234567890123456, the
    region cn-hangzhou.
    """
    from localcloud.server.process import CannotServe
    from localcloud.server.process import serve as run

    try:
        run(port, (data or default_data()).absolute(), verbose=verbose)
    except CannotServe as reason:
        _fail(str(reason))


@app.command(epilog=EXIT_CODES)
def status(
    port: Port = DEFAULT_PORT,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON.")] = False,
) -> None:
    """Tell whether localcloud runs on a port, from which data folder, and what it holds."""
    from localcloud.cli.status import show

    raise typer.Exit(0 if show(port, as_json=as_json) else NOT_RUNNING)


@app.command(epilog=EXIT_CODES)
def stop(port: Port = DEFAULT_PORT) -> None:
    """Stop the localcloud on a port and wait until its process is gone. Its data stays."""
    from localcloud.cli.server_calls import NotRunning
    from localcloud.cli.stop import StillRunning
    from localcloud.cli.stop import stop as run

    try:
        pid = run(port)
    except NotRunning as reason:
        _fail(
            f"{reason.fact}, so nothing was stopped: one on another port is stopped with "
            "`localcloud stop --port N`",
            NOT_RUNNING,
        )
    except StillRunning as reason:
        _fail(str(reason))
    typer.echo(f"localcloud (process {pid}) has stopped")


@app.command(epilog=EXIT_CODES)
def reset(
    data: Data = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete everything in the data folder: resources, tasks, messages, logs, Pulumi's state.

    localcloud must not be running on it: stop it first with `localcloud stop`.
    """
    from localcloud.cli.reset import CannotReset, contents, delete

    folder = (data or default_data()).absolute()
    try:
        found = contents(folder)
        if not found:
            typer.echo(f"{folder} holds nothing")
            return
        if not yes:
            typer.confirm(f"Delete all of localcloud's data in {folder}?", abort=True)
        delete(folder)
    except CannotReset as reason:
        _fail(str(reason))
    typer.echo(f"{folder} is empty")


@app.command(epilog=EXIT_CODES)
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write (.tar.gz).")],
    data: Data = None,
) -> None:
    """Write everything in the data folder to one file: a backup, or a state to share.

    localcloud may be running on it: the file holds what one moment held. It also holds what
    functions have in their environment, so it is readable for you alone.
    """
    from localcloud.clock import system_clock
    from localcloud.snapshot.writing import CannotExport
    from localcloud.snapshot.writing import export as run
    from localcloud.version import version

    folder = (data or default_data()).absolute()
    try:
        size = run(folder, file.absolute(), now=system_clock(), version=version())
    except CannotExport as reason:
        _fail(str(reason))
    typer.echo(f"{file} holds {folder} ({size / 1e6:.1f} MB)")


@app.command(name="import", epilog=EXIT_CODES)
def restore(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="What export wrote.")
    ],
    data: Data = None,
) -> None:
    """Restore a file of `localcloud export` into a data folder that holds nothing.

    Tasks that were under way when it was written are taken up again when localcloud is started.
    """
    from localcloud.snapshot.manifest import CannotRestore
    from localcloud.snapshot.reading import restore as run

    folder = (data or default_data()).absolute()
    try:
        run(file, folder)
    except CannotRestore as reason:
        _fail(f"{file} was not restored: {reason}")
    where = "" if folder == default_data() else f" --data {shlex.quote(str(folder))}"
    typer.echo(f"{folder} holds what {file} held: `localcloud serve{where}` goes on with it")


@app.command(
    name="exec",
    epilog="Exit codes: those of CMD; 3 localcloud is not running, CMD was not started; 127 CMD "
    "was not found; 1 a stack could not be created.",
    # everything from CMD on is CMD's, also what looks like an option of ours
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
def execute(
    command: Annotated[
        list[str], typer.Argument(metavar="CMD...", help="The command and its arguments.")
    ],
    port: Port = DEFAULT_PORT,
) -> None:
    """Run CMD with all that Pulumi, its provider and the SDKs need to talk to localcloud.

    For example: `localcloud exec -- pulumi preview --stack dev`

    Sets credentials (`ALICLOUD_*` and `ALIBABA_CLOUD_*`), HTTP_PROXY, PULUMI_BACKEND_URL and
    PULUMI_CONFIG_PASSPHRASE (`localcloud`) where you have not, PULUMI_HOME and PATH of the
    toolchain, and `FCTASK_*_ENDPOINT`; removes what would override them or send calls elsewhere;
    leaves every other variable alone. In a Pulumi project, stacks whose provider endpoints are
    under localcloud.invalid are created in localcloud's own backend where they are missing.

    HTTPS is led nowhere, so that uv and pip reach the internet. Before a `pulumi` whose stack names
    no such endpoints, one sentence warns that its provider calls the real Alibaba Cloud;
    `localcloud settings` prints them.
    """
    from localcloud.cli.execute import CannotExecute
    from localcloud.cli.execute import execute as run
    from localcloud.cli.server_calls import NotRunning

    try:
        run(command, port)
    except NotRunning as reason:
        _fail(str(reason), NOT_RUNNING)
    except CannotExecute as reason:
        _fail(str(reason), reason.exit_code)


@app.command(epilog=EXIT_CODES)
def settings() -> None:
    """Print what a stack's file has to say for its provider to talk to localcloud.

    For a stack that is new: `localcloud settings >> Pulumi.dev.yaml`. Where that file has a
    `config:` already, put the printed lines under it; nothing is written by itself. The stack is
    created by the first `localcloud exec`.
    """
    from localcloud.cli.settings import as_yaml

    typer.echo(as_yaml(), nl=False)


def _fail(sentence: str, code: int = 1) -> NoReturn:
    typer.echo(f"localcloud: {sentence}", err=True)
    raise typer.Exit(code)
