"""The kinds of long work that there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.actor import Actor
from core.errors import Text
from sellers.job_models import Job
from sellers.models import Seller

if TYPE_CHECKING:
    from sellers.jobs.work import Run


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of job is.

    ``run`` does it; ``finish`` (also called when somebody has stopped it) makes the result out of
    what has been done. ``title`` and ``context`` are what pages show: a sentence in the reader's
    language, and the values of ``template``. ``again`` starts a new job for what went wrong;
    ``forget`` deletes what it keeps elsewhere when its results are purged.
    """

    name: str
    label: Text
    icon: str
    run: Callable[["Run"], None]
    title: Callable[[Job], str]
    finish: Callable[["Run"], None] | None = None
    template: str = "jobs/_counts.html"
    context: Callable[[Job], Mapping[str, Any]] = field(default=lambda job: {})
    again: Callable[[Job, Seller, Actor], Job] | None = None
    again_label: Text = ""
    forget: Callable[[Sequence[Job]], None] | None = None


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind of job known."""
    KINDS[kind.name] = kind


def kind_of(job: Job) -> Kind:
    """The kind of a job. LookupError for one that no app has registered."""
    return KINDS[job.kind]


def known_kinds() -> list[str]:
    """The names of all kinds."""
    return list(KINDS)
