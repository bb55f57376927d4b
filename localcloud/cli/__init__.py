"""The command line `localcloud`."""


def main() -> None:
    """Entry point of the command."""
    from localcloud.cli.commands import app

    app(prog_name="localcloud")
