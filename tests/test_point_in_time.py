"""Back to the second before a mistake, by PostgreSQL's own means, as docs/backups.md says."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.clusters import Cluster, folder, new_server

ROWS = 2_000


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """One that archives its write-ahead log beside its data."""
    with folder() as place:
        held = Cluster(new_server(place))
        archive = archive_of(held)
        archive.mkdir()
        if held.server.account:
            os.chown(archive, held.server.account.uid, held.server.account.gid)
        held.set(
            archive_mode="on",
            archive_timeout="300",
            archive_command=f"cp %p {archive}/%f",
        )
        yield held


def archive_of(cluster: Cluster) -> Path:
    return cluster.server.data.parent / "archive"


def test_a_deleted_table_is_back_as_it_was_a_moment_before(cluster: Cluster) -> None:
    base, archive = cluster.server.data.parent / "base", archive_of(cluster)
    with cluster.running(stopped="immediate"), cluster.connect() as server:
        server.execute("CREATE TABLE record (id bigint PRIMARY KEY, note text)")
        fill(server, 0)
        command = ["-D", str(base), "-U", "postgres", "--checkpoint=fast"]
        cluster.run("pg_basebackup", *command)
        assert "successfully verified" in cluster.run("pg_verifybackup", str(base))
        # Acknowledged after the base backup: only the archive has them.
        fill(server, ROWS)
        ((moment, before),) = server.execute(
            "SELECT clock_timestamp()::text, md5(string_agg(record::text, '' ORDER BY id)) "
            "FROM record"
        ).fetchall()
        time.sleep(1)
        server.execute("DELETE FROM record WHERE id % 3 = 0")
        server.execute("DROP TABLE record")
        ((segment,),) = server.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchall()
        wait_for(archive / segment)

    restored = cluster.with_data(base)
    restored.set(
        restore_command=f"cp {archive}/%f %p",
        recovery_target_time=moment,
        recovery_target_action="promote",
        archive_mode="off",
    )
    (base / "recovery.signal").touch()
    with restored.running(), restored.connect() as again:
        until = time.monotonic() + 60
        while again.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
            assert time.monotonic() < until
            time.sleep(0.1)
        found = again.execute(
            "SELECT count(*), md5(string_agg(record::text, '' ORDER BY id)) FROM record"
        ).fetchone()
        assert found == (2 * ROWS, before)
        again.execute("INSERT INTO record VALUES (-1, 'work goes on')")


def fill(server: psycopg.Connection[Any], first: int) -> None:
    server.execute(
        "INSERT INTO record SELECT id, md5(id::text) FROM generate_series(%s::int, %s::int) AS id",
        [first, first + ROWS - 1],
    )


def wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until, "the write-ahead log was not archived"
        time.sleep(0.1)
