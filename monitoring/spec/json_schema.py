"""The JSON Schema of the monitor file, with which editors complete and check it."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from monitoring.metrics import METRICS
from monitoring.spec.keys import default_value
from monitoring.spec.model import MonitorSpec

#: The version of JSON Schema that pydantic writes.
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    """Writes durations as the monitor file does, not as ISO 8601 does."""

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:
        del schema  # Every duration of the monitor file is written alike.
        return {"type": "string", "pattern": r"^\d+[smhdw]$"}

    def encode_default(self, dft: Any) -> Any:  # noqa: ANN401 - pydantic's signature
        return super().encode_default(default_value(dft))

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401 - pydantic's signature
        del schema  # A title would repeat the name of the key.
        return False


def monitor_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a monitor file."""
    schema = MonitorSpec.model_json_schema(schema_generator=_Generator)
    schema["properties"]["thresholds"]["propertyNames"] = {"enum": list(METRICS)}

    return {"$schema": DIALECT} | schema | {"title": "Monitor file"}
