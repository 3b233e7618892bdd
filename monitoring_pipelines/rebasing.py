"""The run by which a monitor goes over to the reference of the version that is in use."""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from assets.keys import REFERENCE, daily_steps
from monitoring_pipelines.jobs import MODEL_TAG, days_request, job_name, keys_of
from resources.journal import TABLE, Journal
from resources.reference_basis import basis_of


def rebasing_requests(journal: Journal) -> Iterator[dg.RunRequest]:
    """
    Yield the run that learns the reference, where another one is due, and counts its days again.

    Those are the days that were read already and are judged by it. The key is version and day, so
    that a tick which dies is repeated without effect.
    """
    spec = journal.spec
    basis = basis_of(spec, journal.store)
    if not basis.is_new:
        return
    key = f"{spec.model}:reference:{basis.version or 'file'}:{basis.valid_from}"
    read = [date.fromisoformat(day) for day in journal.seen(TABLE) if day >= basis.valid_from]
    if read:
        steps, days = (REFERENCE, *daily_steps(spec)), (min(read), max(read))
        yield days_request(spec, steps, days, run_key=key)
    else:
        yield dg.RunRequest(
            run_key=key,
            job_name=job_name(spec.model),
            asset_selection=keys_of(spec, [REFERENCE]),
            tags={MODEL_TAG: spec.model},
        )
