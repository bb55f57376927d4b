"""console: the pages in a browser. What serves them is imported when it runs."""

from typing import Annotated

import typer

from fctask.cli.session import Session, command


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "console", acts=True)(console)


def console(
    session: Session,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 is a free one.")
    ] = 0,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Nothing can be stopped, re-run or redriven.")
    ] = False,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Also open the address in the browser.")
    ] = False,
) -> None:
    """Serve pages to look at tasks and act on them, on 127.0.0.1 alone, until Ctrl-C.

    The address that it prints lets a browser in; nobody else gets an answer.
    """
    from fctask import tasks
    from fctask.tasks import TaskQuery

    clients = session.clients
    # what is wrong is told here, not on the first page
    if not tasks.page(clients, TaskQuery(), limit=1).tasks:
        tasks.require_task_function(clients)

    from pathlib import Path

    from fctask.console.console import Console
    from fctask.console.serving import serve

    def ready(url: str, listening: int) -> None:
        session.say(f"{session.target.function_name}: {url}")
        session.note("Ctrl-C ends it")
        session.result({"url": url, "port": listening, "readOnly": read_only})
        if open_browser:
            import threading
            import webbrowser

            # some browsers return only when they are closed, and until then nothing was served
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    serve(Console(clients, session.stack_name, Path.cwd(), read_only), port, ready)
