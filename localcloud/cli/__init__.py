"""The command line `localcloud`."""


def main() -> None:
    """Entry point of the command."""
    try:
        from localcloud.cli.commands import app

        app(prog_name="localcloud")
    except KeyboardInterrupt:  # typer hears it while a command runs, nobody while it is imported
        raise SystemExit(130) from None
