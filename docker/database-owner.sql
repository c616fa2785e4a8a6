-- Runs once, when a database server starts on an empty volume (/docker-entrypoint-initdb.d of the postgres image).
-- The subgraph gets a role that owns its database and nothing else, named like it. The superuser loses its password:
-- it is left for `docker compose exec`, which comes in by the local socket.
\getenv database POSTGRES_DB
\getenv password POSTGRES_PASSWORD
CREATE ROLE :"database" LOGIN PASSWORD :'password';
ALTER DATABASE :"database" OWNER TO :"database";
ALTER ROLE CURRENT_USER PASSWORD NULL;
