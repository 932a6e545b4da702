import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fulfillment import embedded
from fulfillment.embedded.places import Places, alive
from fulfillment.tests.conftest import ROOT, surroundings, wait_until_gone

# Uses both servers, says so, and stays until its input ends.
USER = """
import sys, psycopg2, redis
from fulfillment import embedded
embedded.ensure(durable="durable" in sys.argv)
database = psycopg2.connect(host=str(embedded.database_host()), user="postgres",
                            dbname="fulfillment")
cursor = database.cursor()
cursor.execute("SELECT pg_advisory_xact_lock(1)")
cursor.execute("CREATE TABLE IF NOT EXISTS seen (name text)")
cursor.execute("INSERT INTO seen VALUES (%s)", [sys.argv[1]])
database.commit()
cursor.execute("SELECT string_agg(name, ',' ORDER BY name), current_setting('TimeZone') FROM seen")
names, zone = cursor.fetchone()
broker = redis.Redis.from_url(embedded.redis_url())
number = broker.incr("users")
print(names, zone, number, flush=True)
sys.stdin.read()
"""


class User:
    def __init__(self, var: Path, name: str, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, name, *options],
            cwd=ROOT,
            env=surroundings() | {"VAR_DIR": str(var)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate()
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def test_processes_of_one_copy_share_the_servers_and_the_last_one_ends_them(var) -> None:
    first = User(var, "a")
    assert first.says() == "a UTC 1"
    second = User(var, "b")
    assert second.says() == "a,b UTC 2"
    first.leave()
    third = User(var, "c")
    assert third.says() == "a,b,c UTC 3"
    second.leave()
    third.leave()
    wait_until_gone(var)
    again = User(var, "d")
    assert again.says() == "a,b,c,d UTC 4"
    again.kill()
    wait_until_gone(var)


def test_two_copies_run_side_by_side_one_in_a_path_too_long_for_a_socket(
    var, copies, tmp_path
) -> None:
    other = tmp_path / ("long-" * 15) / ("path with spaces " * 3) / "var"
    copies.append(other)
    here, there = User(var, "here"), User(other, "there")
    assert here.says() == "here UTC 1"
    assert there.says() == "there UTC 1"
    here.leave()
    wait_until_gone(var)
    assert alive(Places(other), "postgres")
    there.leave()
    wait_until_gone(other)


def test_processes_started_at_once_start_one_server(var) -> None:
    users = [User(var, name) for name in "abcd"]
    assert {user.says().split()[-1] for user in users} == {"1", "2", "3", "4"}
    for user in users:
        user.leave()


def test_a_start_after_everything_was_killed_recovers(var) -> None:
    user = User(var, "a", "durable")
    user.says()
    places = Places(var)
    postmaster = int((places.postgres_data / "postmaster.pid").read_text().split()[0])
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(places.redis_socket))
        client.sendall(b"INFO server\r\n")
        info = client.recv(65536).decode()
    redis_pid = int(info.split("process_id:")[1].split()[0])
    for pid in (keeper_of(places), postmaster, redis_pid):
        os.kill(pid, signal.SIGKILL)
    user.kill()
    again = User(var, "b")
    assert again.says().startswith("a,b UTC ")
    again.leave()


def keeper_of(places) -> int:
    inode = places.keeper.stat().st_ino
    for line in Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if fields[1] == "FLOCK" and fields[-3].endswith(f":{inode}"):
            return int(fields[4])
    raise AssertionError("no keeper")


def test_in_a_private_folder_a_var_dir_begun_anew_begins_empty(copies, tmp_path) -> None:
    private = tmp_path / "home"
    private.mkdir(mode=0o700)
    var = private / "deep" / "var"
    copies.append(var)
    before = [folder.stat().st_mode for folder in (private, *private.parents)]
    for name in ("a", "b"):
        user = User(var, name)
        assert user.says() == f"{name} UTC 1"
        user.leave()
        wait_until_gone(var)
        subprocess.run(["rm", "-r", str(var)], check=True)
    assert [folder.stat().st_mode for folder in (private, *private.parents)] == before


def test_a_var_dir_that_is_a_file_is_named(run_python, tmp_path) -> None:
    (tmp_path / "var").write_text("")
    done = run_python("manage.py", "migrate")
    assert done.returncode == 1
    assert done.stderr.startswith("error: VAR_DIR (")
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_named(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(embedded, "_held", [])
    monkeypatch.setattr(embedded, "NEEDED_DISK_BYTES", 1 << 60)
    with pytest.raises(embedded.EmbeddedError, match="is full"):
        embedded.ensure()


def test_with_both_urls_nothing_is_started(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://database.example/name")
    monkeypatch.setenv("REDIS_URL", "redis://broker.example")
    monkeypatch.setattr(embedded, "_held", [])
    embedded.ensure()
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("redis://host:6379/1", "redis://host:6379/1"),
        ("unix:///a/redis.sock?db=2", "redis+socket:///a/redis.sock?virtual_host=2"),
        ("unix:///a/redis.sock", "redis+socket:///a/redis.sock?virtual_host=0"),
    ],
)
def test_celery_gets_the_broker_in_its_own_words(url, broker) -> None:
    assert embedded.broker_url(url) == broker
