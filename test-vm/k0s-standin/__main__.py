"""Starts the stand-in: this file is run when the packed archive is executed as a program."""

import sys

from k0s_standin.cli import main

sys.exit(main(sys.argv[1:]))
