"""Long work: rows that say what is to be done, workers that do it, people who watch it.

An app registers a ``Kind`` of job with the function that does it. ``start`` writes a row and wakes
a worker; a worker claims the row, and while it works it extends its lease. A row whose lease has
ended has lost its worker and is taken up by the next sweep: messages are only nudges. A kind whose
effects matter cuts its work into parts and does each in ``Run.step``, one transaction with the note
that it is done, so that a killed worker does nothing twice and loses nothing.
"""

from sellers.jobs.asking import (
    MAX_ACTIVE,
    cancel,
    failure_text,
    news,
    resume,
    send_file,
    start,
    visible,
    wake,
)
from sellers.jobs.kinds import Kind, kind_of, known_kinds, register
from sellers.jobs.work import (
    KEEP_FILES,
    KEEP_ROWS,
    LEASE,
    MAX_SETBACKS,
    Lost,
    NextSlice,
    Run,
    Stopped,
    due,
    purge,
    run_job,
)

__all__ = [
    "KEEP_FILES", "KEEP_ROWS", "LEASE", "MAX_ACTIVE", "MAX_SETBACKS", "Kind", "Lost", "NextSlice",
    "Run", "Stopped", "cancel", "due", "failure_text", "kind_of", "known_kinds", "news", "purge",
    "register", "resume", "run_job", "send_file", "start", "visible", "wake",
]  # fmt: skip
