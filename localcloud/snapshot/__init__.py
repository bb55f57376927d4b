"""A data folder as one file, and back: `localcloud export` and `localcloud import`."""
