"""SQLite in the data folder: the only room that knows SQL."""
