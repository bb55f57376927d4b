"""`python -m localcloud`: the same as the command `localcloud`."""

from localcloud.cli import main

main()
