"""``python -m uimkit``."""

from uimkit.cli.main import main

main()
