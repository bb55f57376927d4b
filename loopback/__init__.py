"""Serving on 127.0.0.1 for programs that end with Ctrl-C: what localcloud and the console share."""
