"""
Values of a statement as settings of the transaction.

``COPY``, by which PostgreSQL sends rows fastest, takes no parameters. So each value becomes a
setting, which itself is set by a bound parameter, and the statement reads the settings: no value
is ever part of its text.
"""

import json
from datetime import date, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BindParameter

from resources.warehouse.warehouse import Statement

#: Sets the settings of a JSON object for as long as the transaction lasts.
SET_VALUES = "SELECT set_config(key, value, true) FROM json_each_text(CAST($1 AS json))"

# Another style would double every percent sign in a name.
_DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]


def compiled(statement: Statement) -> tuple[str, dict[str, str]]:
    """Return the text of *statement* for PostgreSQL, and the settings that it reads."""
    settings: dict[str, str] = {}

    def setting(text: str) -> sa.ColumnElement[str]:
        name = f"monitor.value_{len(settings)}"
        settings[name] = text

        return sa.func.current_setting(sa.literal_column(f"'{name}'"), type_=sa.Text())

    def replace(element: Any, **_: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's own protocol
        if isinstance(element, BinaryExpression) and _is_list(element.right):
            values = json.dumps([_text(value) for value in element.right.effective_value or ()])
            entries = sa.func.json_array_elements_text(sa.cast(setting(values), sa.JSON))
            chosen = sa.select(sa.cast(entries, element.right.type)).scalar_subquery()
            left = cast(
                "sa.ColumnElement[Any]", visitors.replacement_traverse(element.left, {}, replace)
            )
            return (
                left.not_in(chosen) if element.operator is operators.not_in_op else left.in_(chosen)
            )
        if isinstance(element, BindParameter):
            value = element.effective_value
            return sa.null() if value is None else sa.cast(setting(_text(value)), element.type)
        return None

    bound = cast("Statement", visitors.replacement_traverse(statement, {}, replace))

    return str(bound.compile(dialect=_DIALECT)), settings


def _is_list(element: object) -> bool:
    return isinstance(element, BindParameter) and element.expanding


def _text(value: object) -> str:
    """Return *value* as PostgreSQL reads it from text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"

    return str(value)
