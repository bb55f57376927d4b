"""Releases of the component package: what is built, and that it works where nothing else is."""
