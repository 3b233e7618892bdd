"""SQLAlchemy Core as the SQL of Apache Spark, with values bound by position."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.compiler import GenericTypeCompiler, IdentifierPreparer, SQLCompiler
from sqlalchemy.sql.elements import BindParameter

from resources.warehouse.time import Moment
from resources.warehouse.warehouse import Statement


class _Types(GenericTypeCompiler):
    def visit_TEXT(self, type_: Any, **_: Any) -> str:  # noqa: ANN401, N802 - SQLAlchemy's name
        """Return what Spark calls text."""
        del type_

        return "STRING"

    def visit_DATETIME(self, type_: sa.DateTime, **_: Any) -> str:  # noqa: ANN401, N802
        """Return the type of a moment; one without a zone has a type of its own in Spark."""
        return "TIMESTAMP" if type_.timezone else "TIMESTAMP_NTZ"


class _Compiler(SQLCompiler):
    def visit_bindparam(self, bindparam: BindParameter[Any], *args: Any, **options: Any) -> str:  # noqa: ANN401
        """Return the place of a value; a moment travels as text, which no driver shifts."""
        place = str(super().visit_bindparam(bindparam, *args, **options))  # type: ignore[no-untyped-call]
        if isinstance(bindparam.type, sa.DateTime | Moment) and not bindparam.expanding:
            kind = self.dialect.type_compiler_instance.process(bindparam.type)
            return f"CAST({place} AS {kind})"

        return place


class _Preparer(IdentifierPreparer):
    def __init__(self, dialect: sa.engine.Dialect) -> None:
        super().__init__(dialect, initial_quote="`", escape_quote="`")


class SparkDialect(DefaultDialect):
    """The SQL of Spark; statements are only compiled, `SparkSession.sql` runs them."""

    name = "spark"
    statement_compiler = _Compiler
    type_compiler_cls = _Types
    preparer = _Preparer  # type: ignore[assignment]
    default_paramstyle = "qmark"
    supports_statement_cache = True
    supports_native_boolean = True


_DIALECT = SparkDialect()


def compiled(statement: Statement) -> tuple[str, list[Any]]:
    """Return the text of *statement* for Spark, and the values of its question marks."""
    result = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    values = [result.params[name] for name in result.positiontup or ()]

    return str(result), [_sent(value) for value in values]


def identifier(*parts: str) -> str:
    """
    Return *parts* as the name of a table.

    >>> identifier("lake", "my `table`")
    '`lake`.`my ``table```'
    """
    return ".".join(_DIALECT.identifier_preparer.quote_identifier(part) for part in parts)


def _sent(value: Any) -> Any:  # noqa: ANN401 - values of any type
    return value.isoformat() if isinstance(value, datetime | date) else value
