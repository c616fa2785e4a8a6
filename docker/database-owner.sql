-- Runs once, when a database server starts on an empty volume (/docker-entrypoint-initdb.d of the postgres image).
-- Creates a role for the subgraph, with the name of its database, which it owns. The superuser loses its password, so
-- it can log in only over the local socket, with `docker compose exec`.
\getenv database POSTGRES_DB
\getenv password POSTGRES_PASSWORD
CREATE ROLE :"database" LOGIN PASSWORD :'password';
ALTER DATABASE :"database" OWNER TO :"database";
ALTER ROLE CURRENT_USER PASSWORD NULL;
