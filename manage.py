#!/usr/bin/env python
"""The command line of the project: `manage.py help` lists the commands."""

import os
import sys

# These never ask the database, so they must not wait for one.
WITHOUT_DATABASE = {
    "appraise",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "rulebook",
    "startapp",
    "version",
}


def needs_database(arguments: list[str]) -> bool:
    """Whether the command in these arguments (without the program's name) asks the database."""
    if not arguments or arguments[0].startswith("-"):
        return False
    return arguments[0] not in WITHOUT_DATABASE and "--help" not in arguments


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upwell.settings")
    if sys.argv[1:2] == ["appraise"]:
        # It knows no database and no secret, so it wants neither, whatever the environment says.
        os.environ.pop("DATABASE_URL", None)
        os.environ["UPWELL_DEMO"] = "1"
    if "DATABASE_URL" not in os.environ:
        os.environ.setdefault("UPWELL_DEMO", "1")
        if needs_database(sys.argv[1:]):
            # Imported here: the commands without a database start faster.
            from upwell.embedded import EmbeddedServerError, ensure_running

            try:
                os.environ["DATABASE_URL"] = ensure_running()
            except EmbeddedServerError as error:
                sys.exit(str(error))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
