#!/bin/sh
# Run once by the image of PostgreSQL, when its data folder is still empty: the three roles of
# upwell/database.py with their passwords, and a database that belongs to the owner of the tables.
set -eu

password_of() {
    sed -n 's|^postgresql://[^:]*:\([0-9a-f]*\)@.*$|\1|p' "/run/secrets/$1_database_url"
}

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set app="$(password_of app)" --set owner="$(password_of owner)" \
    --set backup="$(password_of backup)" <<'SQL'
CREATE ROLE upwell_owner LOGIN PASSWORD :'owner';
CREATE ROLE upwell_app LOGIN PASSWORD :'app';
CREATE ROLE upwell_backup LOGIN PASSWORD :'backup';
GRANT pg_read_all_data TO upwell_backup;
ALTER ROLE upwell_app SET statement_timeout = '15s';
ALTER ROLE upwell_app SET lock_timeout = '5s';
ALTER ROLE upwell_app SET idle_in_transaction_session_timeout = '30s';
CREATE DATABASE upwell OWNER upwell_owner TEMPLATE template0 ENCODING 'UTF8'
    LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
SQL
