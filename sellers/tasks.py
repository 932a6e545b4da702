"""Jobs of sellers: one line each."""

from celery import shared_task

from sellers import jobs


@shared_task
def run_job(job_id: int) -> None:
    """Do one job, or a slice of it."""
    jobs.run_job(job_id)


@shared_task
def resume_jobs() -> None:
    """Wake workers for jobs whose message or whose worker was lost."""
    for job_id in jobs.due():
        run_job.delay(job_id)


@shared_task
def purge_jobs() -> None:
    """Delete old results."""
    jobs.purge()
