"""A trainer that is an external pipeline: asked over HTTP, and polled until it has finished."""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from tenacity import Retrying, retry_if_exception_type, stop_before_delay, wait_fixed

from monitoring.errors import TrainingError
from monitoring.spec.retraining import WebhookSpec
from monitoring.windows import format_duration
from resources.trainers.answers import Answers
from resources.training import TrainedModel, TrainingRequest, checked, told

#: The file that stands for a model which lies elsewhere: what the pipeline said of it.
ARTEFACT = "artefact.json"

_REQUEST_SECONDS = 60
_SERVER_ERROR = 500

#: Bad gateway, service unavailable, gateway timeout.
_AWAY = {502, 503, 504}


@dataclass(frozen=True, slots=True)
class WebhookTrainer:
    """
    Posts what is to be done, and asks until the answer's ``state`` is succeeded or failed.

    Every request names model, version and action in ``Idempotency-Key``, for scores also a digest
    of the rows: one that is sent again, after a crash or while the server is away, is the same
    piece of work.
    """

    webhook: WebhookSpec
    timeout: timedelta
    answers: Answers

    def train(self, request: TrainingRequest) -> TrainedModel:
        """
        Let the pipeline train on the days of *request*, which it reads by itself.

        Raises:
            TrainingError: when it fails, takes too long, or delivers nothing that can be used.
        """
        key = f"{request.model}:{request.version}:train"
        result = self._done(told(request), key=key)
        artefact = request.output / ARTEFACT
        try:
            trained = TrainedModel(
                artefact=artefact,
                features=tuple(result.get("features", request.features)),
                metrics={name: float(value) for name, value in result.get("metrics", {}).items()},
                trained_from=date.fromisoformat(result.get("trained_from", str(request.start))),
                trained_to=date.fromisoformat(result.get("trained_to", str(request.end))),
            )
            described = json.dumps({"key": key, "artefact": result["artefact"]})
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            self._fail(f"expected a result with artefact, got {result!r}", error)
        artefact.write_text(described, "utf-8")

        return checked(trained, request, source=self.webhook.url)

    def score(self, artefact: Path, rows: pa.Table) -> NDArray[np.float64]:
        """
        Let the pipeline score *rows*, which are sent by column.

        Raises:
            TrainingError: when it fails, takes too long, or an answer is missing.
        """
        model = json.loads(artefact.read_text("utf-8"))
        asked = {
            "action": "score",
            "artefact": model["artefact"],
            "rows": {name: _values(rows[name]) for name in rows.column_names},
        }
        # Other rows are other work, also where they are as many.
        digest = hashlib.sha256(_body(asked)).hexdigest()[:16]
        result = self._done(asked, key=f"{model['key']}:score:{digest}")

        return self.answers.checked(
            result.get("scores", ()), rows=rows.num_rows, source=self.webhook.url
        )

    def _done(self, asked: Mapping[str, Any], *, key: str) -> Mapping[str, Any]:
        """Return the result of what was *asked*, however often one has to look for it."""
        deadline = time.monotonic() + self.timeout.total_seconds()
        answer = self._posted(_body(asked), key)
        while answer.get("state") == "running":
            if time.monotonic() > deadline:
                self._fail(f"took longer than {format_duration(self.timeout)}")
            time.sleep(self.webhook.poll.total_seconds())
            answer = self._poll(answer)
        if answer.get("state") != "succeeded" or not isinstance(answer.get("result"), dict):
            reason = answer.get("reason", f"expected a state and a result, got {answer!r}")
            self._fail(f"failed: {str(reason)[:500]}")
        result: Mapping[str, Any] = answer["result"]

        return result

    def _posted(self, body: bytes, key: str) -> Mapping[str, Any]:
        """Post *body*; again, under the same *key*, while the pipeline is away."""
        patient = Retrying(
            retry=retry_if_exception_type(_AwayError),
            stop=stop_before_delay(self.timeout),
            wait=wait_fixed(self.webhook.poll),
            reraise=True,
        )

        return patient(self._ask, self.webhook.url, body=body, key=key)

    def _poll(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask where the last *answer* said; when the server stumbles, that is asked again."""
        url = urljoin(self.webhook.url, str(answer.get("poll", "")))
        # The token belongs to one server.
        if urlsplit(url)[:2] != urlsplit(self.webhook.url)[:2]:
            self._fail(f"expected to poll the same server, got {url}")
        try:
            return self._ask(url)
        except _StumbledError:
            return answer

    def _ask(self, url: str, *, body: bytes | None = None, key: str = "") -> Mapping[str, Any]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        if self.webhook.token is not None:
            headers["Authorization"] = f"Bearer {self._token(self.webhook.token)}"
        request = Request(url, data=body, headers=headers)  # noqa: S310 - http or https by the spec
        try:
            with build_opener(_NoRedirect).open(request, timeout=_REQUEST_SECONDS) as response:
                answer = json.load(response)
        except HTTPError as error:
            error.close()
            kind = _StumbledError if error.code >= _SERVER_ERROR else TrainingError
            kind = _AwayError if error.code in _AWAY else kind
            msg = f"{self.webhook.url}: answered {error.code}."
            raise kind(msg) from error
        except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
            msg = f"{self.webhook.url}: cannot be reached: {error}."
            raise _AwayError(msg) from error
        except ValueError as error:
            self._fail("expected JSON", error)
        if not isinstance(answer, dict):
            self._fail(f"expected a JSON object, got {type(answer).__name__}")

        return answer

    def _token(self, variable: str) -> str:
        token = os.environ.get(variable)
        if not token:
            self._fail(f"the environment variable {variable} is not set")

        return token

    def _fail(self, problem: str, cause: Exception | None = None) -> NoReturn:
        msg = f"{self.webhook.url}: {problem}."
        raise TrainingError(msg) from cause


class _StumbledError(TrainingError):
    """The server did not answer this time; the next time it may."""


class _AwayError(_StumbledError):
    """Nobody took the request: the server does not listen, or a proxy does not reach it."""


class _NoRedirect(HTTPRedirectHandler):
    """Refuses redirects, which would take the token along."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


def _body(asked: Mapping[str, Any]) -> bytes:
    return json.dumps(asked, default=str).encode()


def _values(column: "pa.ChunkedArray[Any]") -> list[Any]:
    """Return the values of *column* as JSON has them: it knows no NaN and no infinity."""
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))

    return column.to_pylist()
