-- Read by the postgres image on its first start. The results have a database of their own: Dagster
-- and the results store both keep their schema version in a table named alembic_version.
CREATE DATABASE monitor;
