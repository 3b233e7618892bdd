"""The days to train and to evaluate on, by what is known of how late labels come."""

from datetime import datetime

from monitoring.labels.settling import LONGEST
from monitoring.retraining.spans import RetrainingSpans, retraining_spans
from monitoring.windows import DAY
from resources.journal import Journal
from resources.label_history import stored_maturity


def due_spans(journal: Journal, *, now: datetime) -> RetrainingSpans:
    """
    Return the latest days whose labels are due at *now*: the last of them to evaluate on.

    Raises:
        ValueError: when the model has no retraining or no actuals.
    """
    spec = journal.spec
    if spec.actuals is None:
        msg = f"{spec.model}: retraining needs actuals."
        raise ValueError(msg)
    since = (now - spec.actuals.delay - LONGEST).date() - DAY
    maturity = stored_maturity(journal, spec.actuals, since=since, by=now)

    return retraining_spans(spec, last_due=maturity.last_due(now))
