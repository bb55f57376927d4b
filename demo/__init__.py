"""The guide, told by running it: `python -m demo`."""
