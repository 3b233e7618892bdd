"""The silences of a model, kept in the results store."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from monitoring.alerting.silence import Silence
from resources.results.rows import storable, to_json
from resources.results.store import ResultsStore

#: The mark under which the store keeps them: few, and always read together.
_NAME = "silences"

_MOMENTS = ("start", "until")


@dataclass(frozen=True, slots=True)
class Silences:
    """What people asked not to be told."""

    store: ResultsStore

    def of(self, model: str) -> list[Silence]:
        """Return the silences of *model*, also those that are over, oldest first."""
        entries = json.loads(self.store.watermark(model, _NAME) or "[]")

        return [
            Silence(**entry | {name: datetime.fromisoformat(entry[name]) for name in _MOMENTS})
            for entry in entries
        ]

    def add(self, silence: Silence) -> None:
        """Keep *silence* beside the others of its model."""
        with self.store.transaction() as transaction:
            # Read under the lock: of two at once neither may be lost.
            transaction.lock(silence.model)
            text = _text([*self.of(silence.model), silence])
            transaction.set_watermark(silence.model, _NAME, text)

    def end(self, model: str, *, at: datetime) -> int:
        """Take back what would still hold for *model* after *at*; return how many that were."""
        with self.store.transaction() as transaction:
            transaction.lock(model)
            silences = self.of(model)
            kept = [silence for silence in silences if silence.until <= at]
            transaction.set_watermark(model, _NAME, _text(kept))

        return len(silences) - len(kept)


def _text(silences: Sequence[Silence]) -> str:
    return to_json(
        [
            asdict(silence)
            | {name: getattr(silence, name).astimezone(UTC).isoformat() for name in _MOMENTS}
            | {name: storable(getattr(silence, name)) for name in ("reason", "column")}
            for silence in silences
        ]
    )
