"""The schema comes up, goes down and comes up again, and is what the program believes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.errors import ResultsError
from monitoring.results import Verdict
from resources.results.engine import parse_results_url
from resources.results.schema import REVISION, VERSION_TABLE, metadata
from resources.results.store import ResultsStore


@pytest.fixture
def engine(empty_url: str) -> Iterator[sa.Engine]:
    """
    A look at the database past the store.
    """
    engine = sa.create_engine(parse_results_url(empty_url), poolclass=sa.NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def store(empty_url: str) -> Iterator[ResultsStore]:
    """
    A store on a database that has no tables yet.
    """
    store = ResultsStore(empty_url)
    yield store
    store.close()
    store.close()


def migration_config(connection: sa.Connection) -> Config:
    """Return what Alembic needs to move the database of *connection*."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "resources.results:migrations")

    return config


def tables(engine: sa.Engine) -> set[str]:
    """Return the names of all tables of the database."""
    return set(sa.inspect(engine).get_table_names())


class TestUpgrade:
    """From any state to the newest revision."""

    def test_up_down_up(self, store: ResultsStore, engine: sa.Engine) -> None:
        """
        Up from nothing makes all tables, down removes them, and up makes them again.
        """
        expected = set(metadata.tables) | {VERSION_TABLE}

        store.upgrade()
        first = tables(engine)
        store.downgrade()
        between = tables(engine)
        store.upgrade()

        assert expected == first
        assert {VERSION_TABLE} == between
        assert expected == tables(engine)

    def test_downgraded_store_is_closed_to_use(self, store: ResultsStore) -> None:
        """
        A store whose tables were removed says that they are missing.
        """
        store.upgrade()
        assert [] == store.incidents()
        store.downgrade()

        with pytest.raises(ResultsError, match="no results tables"):
            store.incidents()

    def test_references_by_day(self, store: ResultsStore, engine: sa.Engine) -> None:
        """
        A reference from before revision 4 holds from the beginning.
        """
        store.upgrade()
        row = {"model": "m", "fingerprint": "aaaa", "run_id": "r", "built_at": datetime.now(UTC)}
        texts = dict.fromkeys(("thresholds", "segments", "suite"), "{}")
        blobs = dict.fromkeys(("table_layout", "table_profile"), b"")
        kept = row | texts | blobs | {"is_current": True}
        with engine.begin() as connection:
            connection.execute(sa.insert(metadata.tables["reference"]), kept)
            connection.execute(sa.text("DROP TABLE reference_span"))
            for name in ("reference", "reference_checksum"):
                connection.execute(sa.text(f"ALTER TABLE model_version DROP COLUMN {name}"))
            revision = sa.table(VERSION_TABLE, sa.column("version_num"))
            connection.execute(sa.update(revision).values(version_num="0003"))
        store.upgrade()

        (span,) = store.reference_spans("m")
        assert ("", "aaaa", None) == (span.valid_from, span.fingerprint, span.version)

    def test_transitions(self, store: ResultsStore, engine: sa.Engine) -> None:
        """
        Down to revision 4 keeps the first time of each state, and up again keeps that.
        """
        store.upgrade()
        fired = Incident("m", Cause.DRIFT, State.FIRING, Verdict.WARNING, "2013-04-01", "")
        moments = [datetime(2013, 4, day, tzinfo=UTC) for day in (2, 3, 4)]
        for at, state in zip(moments, (State.FIRING, State.RESOLVED, State.FIRING), strict=True):
            with store.transaction() as tx:
                tx.save_incident(replace(fired, state=state), run_id="r", at=at)
        assert moments == [each.at for each in store.transitions("m")]
        store.close()
        with engine.begin() as connection:
            command.downgrade(migration_config(connection), "0004")
        store.upgrade()

        assert moments[:2] == [each.at for each in store.transitions("m")]

    def test_idempotent(self, store: ResultsStore) -> None:
        """
        A second upgrade changes nothing and keeps what is there.
        """
        store.upgrade()
        with store.transaction() as tx:
            tx.set_watermark("m", "labels", "2013-04-01")

        store.upgrade()

        assert "2013-04-01" == store.watermark("m", "labels")

    def test_beside_dagster(self, store: ResultsStore, engine: sa.Engine) -> None:
        """
        Dagster's own Alembic table in the same database is neither read nor touched.
        """
        store.upgrade()
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE alembic_version (version_num TEXT)"))
            connection.execute(sa.text("INSERT INTO alembic_version VALUES ('of-dagster')"))

        store.downgrade()
        store.upgrade()

        with engine.connect() as connection:
            found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        assert "of-dagster" == found

    @pytest.mark.parametrize("use", ["upgrade", "incidents"])
    def test_newer_database(self, store: ResultsStore, engine: sa.Engine, use: str) -> None:
        """
        A database of a newer version is refused with the remedy, whatever is asked of it.
        """
        store.upgrade()
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE results_revision SET version_num = '9999'"))

        with pytest.raises(ResultsError, match=r"9999.*upgrade monitoring-pipelines"):
            getattr(store, use)()


class TestRevisions:
    """The revisions and the tables of the program are the same."""

    def test_match_the_metadata(self, store: ResultsStore, engine: sa.Engine) -> None:
        """
        Alembic finds no difference between an upgraded database and the metadata.
        """
        store.upgrade()

        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})

            assert [] == compare_metadata(context, metadata)

    def test_same_keys(self, store: ResultsStore, engine: sa.Engine) -> None:
        """
        Primary keys and indexes, which Alembic compares only in part, are the metadata's too.
        """
        store.upgrade()
        inspector = sa.inspect(engine)
        for name, table in metadata.tables.items():
            found = inspector.get_pk_constraint(name)["constrained_columns"]
            indexes = {index["name"] for index in inspector.get_indexes(name)}

            assert table.primary_key.columns.keys() == found, name
            assert {index.name for index in table.indexes} == indexes, name

    def test_head_is_the_required_revision(self) -> None:
        """
        The newest revision in the package is the one that the program asks for.
        """
        config = Config()
        config.set_main_option("script_location", "resources.results:migrations")
        scripts = ScriptDirectory.from_config(config)

        assert [REVISION] == scripts.get_heads()
