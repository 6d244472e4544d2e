"""`python -m finflow`: the command line without the installed script."""

from finflow.cli import main

main()
