#!/usr/bin/env python
"""Django's command line, with the embedded servers behind it when no URL names real ones."""

import os
import sys

# Commands that read neither database nor broker; starting servers for them would only be slow.
WITHOUT_SERVERS = {
    "check",
    "collectstatic",
    "diffsettings",
    "findstatic",
    "help",
    "makemigrations",
    "spectacular",
    "version",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fulfillment.settings")
    from django.core.management import execute_from_command_line

    from fulfillment import embedded

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command.startswith("-"):
        command = "help"
    if command not in WITHOUT_SERVERS:
        try:
            embedded.ensure()
        except embedded.EmbeddedError as error:
            sys.exit(f"error: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
