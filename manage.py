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
# These may ask one, and are as well run where only the demo's is.
WITHOUT_PRACTICE = {"check", "demo", "makemigrations", "words"}
# What a web process could do as well, with its rights. All others are maintenance.
AS_THE_APP = {"check", "handout", "runserver", "shell"}


def needs_database(arguments: list[str]) -> bool:
    """Whether the command in these arguments (without the program's name) asks the database."""
    if not arguments or arguments[0].startswith("-"):
        return False
    return arguments[0] not in WITHOUT_DATABASE and not {"--help", "--new-key"} & {*arguments}


def needs_owner(arguments: list[str]) -> bool:
    """Whether the command connects as the owner of the tables, if that address is known."""
    return needs_database(arguments) and arguments[0] not in AS_THE_APP


def needs_practice(arguments: list[str]) -> bool:
    """Whether the command may only go to the demo's database where the demo was asked for."""
    asked = needs_database(arguments)
    return asked and (arguments[0] not in WITHOUT_PRACTICE or "--database" in arguments)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upwell.settings")
    if sys.argv[1:2] == ["appraise"]:
        # It knows no database and no secret, so it wants neither, whatever the environment says.
        for name in ("DATABASE_URL", "DATABASE_URL_FILE"):
            os.environ.pop(name, None)
        os.environ["UPWELL_DEMO"] = "1"
    if not {"DATABASE_URL", "DATABASE_URL_FILE"} & os.environ.keys():
        if not os.environ.get("UPWELL_DEMO") and needs_practice(sys.argv[1:]):
            from upwell.start import NO_DATABASE, refuse

            refuse([NO_DATABASE, "For one command on the demo, put UPWELL_DEMO=1 before it."])
        os.environ.setdefault("UPWELL_DEMO", "1")
        if needs_database(sys.argv[1:]):
            # Imported here: the commands without a database start faster.
            from upwell.database import APP, OWNER
            from upwell.embedded import EmbeddedServerError, ensure_running

            try:
                os.environ["DATABASE_URL"] = ensure_running(role=APP)
                os.environ["UPWELL_OWNER_DATABASE_URL"] = ensure_running(role=OWNER)
            except EmbeddedServerError as error:
                sys.exit(str(error))
    owner = {"UPWELL_OWNER_DATABASE_URL", "UPWELL_OWNER_DATABASE_URL_FILE"} & os.environ.keys()
    if owner and needs_owner(sys.argv[1:]):
        os.environ["UPWELL_AS_OWNER"] = "1"
    from django.core.management import execute_from_command_line

    from upwell.logs import keep_words_out

    keep_words_out(of_everything=False)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
