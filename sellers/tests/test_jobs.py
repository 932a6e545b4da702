"""Jobs: every part once whatever happens to workers, stopping, results, who may see them."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.test import Client
from django.utils import timezone

from core.actor import Actor
from core.errors import Forbidden, Invalid, NotFound, Refused
from sellers import jobs
from sellers.access import scopes_of
from sellers.job_models import Job
from sellers.models import Membership, Role
from sellers.tasks import purge_jobs, resume_jobs
from testing.api import Api
from testing.factories import MembershipFactory

pytestmark = pytest.mark.django_db


class Script:
    """A kind of job whose parts are numbers; ``at`` says what happens at one of them."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.at: dict[Any, Callable[[jobs.Run], None]] = {}
        self.finished = 0

    def run(self, run: jobs.Run) -> None:
        def one(job: Job, part: Any) -> list[Any]:
            for item in part.work:
                self.seen.append(item)
                if item in self.at:
                    self.at[item](run)
            job.done += len(part.work)
            return list(part.work)

        run.do_parts(one)

    def finish(self, run: jobs.Run) -> None:
        self.finished += 1
        run.attach(io.BytesIO(b"=1;2"), "numbers", "csv")


@pytest.fixture
def script() -> Iterator[Script]:
    made = Script()
    jobs.register(
        jobs.Kind("script", "Script", "bell", made.run, lambda job: "A script", finish=made.finish)
    )
    yield made
    jobs.kinds.KINDS.pop("script")


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def owner(db: None) -> Membership:
    return MembershipFactory(role=Role.OWNER)


def actor_of(member: Membership) -> Actor:
    return Actor("user", member.user_id, member.user.get_full_name(), scopes_of(member.role))


def begin(member: Membership, *parts: list[int], scopes: tuple[str, ...] = ("orders:read",)) -> Job:
    return jobs.start(
        "script",
        seller=member.seller,
        actor=actor_of(member),
        params={},
        scopes=scopes,
        total=sum(map(len, parts)),
        parts=parts,
    )


def test_parts_are_done_in_order_and_the_result_is_kept(script: Script, owner: Membership) -> None:
    job = begin(owner, [1, 2], [3])
    assert (job.state, job.total, jobs.due()) == ("queued", 3, [job.pk])
    assert jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (script.seen, job.state, job.done, job.percent) == ([1, 2, 3], "done", 3, 100)
    assert job.finished_at is not None
    assert job.result_file.read() == b"=1;2"
    assert not jobs.run_job(job.pk)


def test_a_part_whose_transaction_was_lost_is_done_again_and_the_others_not(
    script: Script, owner: Membership
) -> None:
    job = begin(owner, [1], [2], [3])

    def die(run: jobs.Run) -> None:
        raise KeyboardInterrupt  # as when the process is killed: nobody writes anything any more

    script.at[2] = die
    with pytest.raises(KeyboardInterrupt):
        jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == ("running", 1)
    script.at.clear()
    assert not jobs.run_job(job.pk), "its worker may be alive"
    later = timezone.now() + jobs.LEASE + timedelta(seconds=1)
    assert jobs.due(now=later) == [job.pk]
    assert jobs.run_job(job.pk, now=later)
    job.refresh_from_db()
    assert script.seen == [1, 2, 2, 3]
    assert (job.state, job.done, job.attempts, job.setbacks) == ("done", 3, 2, 1)


def test_a_worker_that_was_replaced_writes_nothing(script: Script, owner: Membership) -> None:
    job = begin(owner, [1], [2])
    later = timezone.now() + jobs.LEASE + timedelta(seconds=1)
    first = jobs.work._claim(job.pk, timezone.now())
    assert first is not None
    assert jobs.run_job(job.pk, now=later)
    assert script.seen == [1, 2]
    jobs.work._work(first, timezone.now())
    job.refresh_from_db()
    assert (script.seen, job.state, script.finished) == ([1, 2], "done", 1)


def test_a_job_that_keeps_losing_its_worker_fails_in_words(
    script: Script, owner: Membership
) -> None:
    job = begin(owner, [1])
    Job.objects.filter(pk=job.pk).update(
        state="running", setbacks=jobs.MAX_SETBACKS, due_at=timezone.now()
    )
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.failure["code"], script.seen) == ("failed", "worker_lost", [])


def test_a_busy_database_puts_it_off(script: Script, owner: Membership) -> None:
    job = begin(owner, [1])

    def busy(run: jobs.Run) -> None:
        raise OperationalError

    script.at[1] = busy
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.setbacks) == ("queued", 1)
    assert job.due_at > timezone.now()
    script.at.clear()
    jobs.run_job(job.pk, now=job.due_at)
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 1)


def test_a_long_job_lets_others_have_the_worker(
    script: Script, owner: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.work, "SLICE", timedelta(seconds=-1))
    job = begin(owner, [1], [2])
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, script.finished) == ("queued", 1, 0)
    jobs.run_job(job.pk)
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.setbacks, script.seen) == ("done", 2, 0, [1, 2])


# --- stopping, going on ---------------------------------------------------------------------------


def test_stopping_before_it_began_does_nothing(script: Script, owner: Membership) -> None:
    job = begin(owner, [1])
    jobs.cancel(seller=owner.seller, job=job.pk, actor=actor_of(owner))
    assert not jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, script.seen) == ("cancelled", [])
    with pytest.raises(Refused):
        jobs.cancel(seller=owner.seller, job=job.pk, actor=actor_of(owner))


def test_stopping_while_it_runs_ends_after_the_part_and_going_on_does_the_rest(
    script: Script, owner: Membership
) -> None:
    job = begin(owner, [1, 2], [3])

    def stop(run: jobs.Run) -> None:
        jobs.cancel(seller=owner.seller, job=job.pk, actor=actor_of(owner))

    script.at[1] = stop
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, script.seen) == ("cancelled", 2, [1, 2])
    assert job.result_file
    jobs.resume(seller=owner.seller, job=job.pk, actor=actor_of(owner))
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, script.seen) == ("done", 3, [1, 2, 3])


def test_a_refusal_is_told_and_a_mistake_of_ours_is_not_shown(
    script: Script, owner: Membership
) -> None:
    def refuse(run: jobs.Run) -> None:
        raise Invalid("The weather is bad.")

    def crash(run: jobs.Run) -> None:
        raise ValueError("secret")

    for happens, code, words in (
        (refuse, "invalid", "The weather is bad."),
        (crash, "unexpected", "Something unexpected stopped it."),
    ):
        job = begin(owner, [1])
        script.at[1] = happens
        jobs.run_job(job.pk)
        job.refresh_from_db()
        assert (job.state, job.failure["code"], job.done) == ("failed", code, 0)
        assert jobs.failure_text(job).startswith(words)


def test_who_has_lost_the_right_since_does_nothing(script: Script, owner: Membership) -> None:
    job = begin(owner, [1])
    Membership.objects.filter(pk=owner.pk).delete()
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.failure["code"], script.seen) == ("failed", "missing_scope", [])


def test_starting_needs_the_scopes_and_room(
    script: Script, owner: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    packer = MembershipFactory(seller=owner.seller, role=Role.PACKER)
    with pytest.raises(Forbidden):
        begin(packer, [1], scopes=("money:read",))
    assert not Job.objects.exists()
    monkeypatch.setattr(jobs.asking, "MAX_ACTIVE", 1)
    begin(owner, [1])
    with pytest.raises(Refused):
        begin(owner, [1])
    assert Job.objects.count() == 1


def test_the_database_knows_when_a_job_is_over(script: Script, owner: Membership) -> None:
    job = begin(owner, [1])
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state="done")
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state="resting")


# --- sweeping -------------------------------------------------------------------------------------


def test_the_sweep_wakes_workers_for_what_is_due(
    script: Script, owner: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, other = begin(owner, [1]), begin(owner, [2])
    Job.objects.filter(pk=other.pk).update(due_at=timezone.now() + timedelta(hours=1))
    woken: list[int] = []
    monkeypatch.setattr("sellers.tasks.run_job.delay", woken.append)
    resume_jobs()
    assert woken == [job.pk]


def test_old_results_are_deleted_and_told_of(
    script: Script, owner: Membership, client: Client, media: Path
) -> None:
    job, fresh = begin(owner, [1]), begin(owner, [2])
    for each in (job, fresh):
        jobs.run_job(each.pk)
    ended = timezone.now() - jobs.KEEP_FILES - timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(finished_at=ended)
    purge_jobs()
    job.refresh_from_db()
    assert (bool(job.result_file), job.purged, job.parts.count()) == (False, True, 0)
    assert len([path for path in media.rglob("*") if path.is_file()]) == 1
    client.force_login(owner.user)
    assert "have been deleted" in client.get(f"/jobs/{job.public_id}/").content.decode()
    Job.objects.filter(pk=job.pk).update(state="failed")
    with pytest.raises(Refused):
        jobs.resume(seller=owner.seller, job=job.pk, actor=actor_of(owner))
    Job.objects.filter(pk=job.pk).update(finished_at=ended - jobs.KEEP_ROWS)
    purge_jobs()
    assert list(Job.objects.values_list("pk", flat=True)) == [fresh.pk]


# --- pages ----------------------------------------------------------------------------------------


def test_the_page_follows_a_job_to_its_file(
    script: Script, owner: Membership, client: Client
) -> None:
    client.force_login(owner.user)
    job = begin(owner, [1])
    waiting = client.get(f"/jobs/{job.public_id}/", headers={"HX-Request": "true"})
    assert 'hx-trigger="every 2s"' in waiting.content.decode()
    assert 'hx-trigger="every 3s"' in client.get("/jobs/").content.decode()
    jobs.run_job(job.pk)
    body = client.get(f"/jobs/{job.public_id}/").content.decode()
    assert "every 2s" not in body
    assert "1 of 1" in client.get("/jobs/").content.decode()
    answer = client.get(f"/jobs/{job.public_id}/file/")
    assert answer["Content-Disposition"] == 'attachment; filename="numbers.csv"'
    assert b"".join(answer) == b"=1;2"


def test_a_role_sees_and_gets_only_jobs_it_could_have_started(
    script: Script, owner: Membership, client: Client
) -> None:
    job = begin(owner, [1], scopes=("orders:read", "money:read"))
    jobs.run_job(job.pk)
    client.force_login(MembershipFactory(seller=owner.seller, role=Role.PACKER).user)
    assert job.public_id not in client.get("/jobs/").content.decode()
    for path in ("", "file/"):
        assert client.get(f"/jobs/{job.public_id}/{path}").status_code == 404
    with pytest.raises(NotFound):
        jobs.resume(seller=MembershipFactory().seller, job=job.pk, actor=actor_of(owner))
    client.force_login(MembershipFactory(seller=owner.seller, role=Role.VIEWER).user)
    assert client.get(f"/jobs/{job.public_id}/file/").status_code == 200


def test_the_bar_shows_what_goes_on_and_tells_once_that_it_has_ended(
    script: Script, owner: Membership, client: Client
) -> None:
    client.force_login(owner.user)
    assert "/jobs/indicator/" not in client.get("/jobs/").content.decode()
    job = begin(owner, [1])
    assert 'hx-get="/jobs/indicator/" hx-trigger="load"' in client.get("/jobs/").content.decode()
    assert "1 job" in client.get("/jobs/indicator/").content.decode()
    jobs.run_job(job.pk)
    told = client.get("/jobs/indicator/").content.decode()
    assert "A script" in told
    assert "hx-get" not in told
    assert "A script" not in client.get("/jobs/indicator/").content.decode()
    assert "/jobs/indicator/" not in client.get("/jobs/").content.decode()
    stranger = MembershipFactory(seller=owner.seller)
    client.force_login(stranger.user)
    begin(owner, [1])
    assert "1 job" not in client.get("/jobs/indicator/").content.decode()


def test_the_list_costs_the_same_for_one_and_for_many(
    script: Script,
    owner: Membership,
    client: Client,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    client.force_login(owner.user)
    begin(owner, [1])
    client.get("/jobs/")
    with django_assert_num_queries(LIST_QUERIES):
        client.get("/jobs/")
    for _ in range(20):
        begin(owner, [1])
    with django_assert_num_queries(LIST_QUERIES):
        client.get("/jobs/")


LIST_QUERIES = 3


# --- the API --------------------------------------------------------------------------------------


def test_the_api_tells_status_progress_and_result(script: Script, owner: Membership) -> None:
    api = Api(owner.seller, ["orders:read"])
    job, secret = begin(owner, [1, 2]), begin(owner, [3], scopes=("money:read",))
    said = api.get(f"/jobs/{job.public_id}").json()
    assert (said["status"], said["progress"], said["result_url"]) == (
        "queued",
        {"done": 0, "total": 2},
        None,
    )
    assert api.get(f"/jobs/{job.public_id}/result").status_code == 404
    jobs.run_job(job.pk)
    said = api.get(f"/jobs/{job.public_id}").json()
    assert (said["status"], said["progress"]["done"]) == ("done", 2)
    path = said["result_url"].partition("/api/v1")[2]
    assert b"".join(api.get(path)) == b"=1;2"
    assert [each["id"] for each in api.get("/jobs").json()["data"]] == [job.public_id]
    assert api.get(f"/jobs/{secret.public_id}").status_code == 404
