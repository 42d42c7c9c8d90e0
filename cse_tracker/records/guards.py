"""What the database itself refuses: destroying what a legal hold covers, whoever asks and by whatever way.

Put up anew whenever the tables have been migrated, because SQLite drops a table's triggers when a migration makes
the table again.
"""

from sqlalchemy import Connection, inspect, text

HELD = "held_compartment"
WORDS = "a legal hold is on this record"

SQLITE = """
CREATE TRIGGER {table}_held BEFORE DELETE ON "{table}"
WHEN EXISTS (SELECT 1 FROM held_compartment WHERE compartment_id = OLD.compartment_id)
BEGIN SELECT RAISE(ABORT, 'a legal hold is on this record'); END
"""
SQLITE_HOLDS = (
    """
    CREATE TRIGGER held_compartment_kept BEFORE DELETE ON held_compartment
    WHEN EXISTS (SELECT 1 FROM legal_hold WHERE id = OLD.hold_id AND state = 'active')
    BEGIN SELECT RAISE(ABORT, 'a legal hold is on this record'); END
    """,
    """
    CREATE TRIGGER held_compartment_same BEFORE UPDATE ON held_compartment
    BEGIN SELECT RAISE(ABORT, 'a legal hold is on this record'); END
    """,
    """
    CREATE TRIGGER legal_hold_kept BEFORE DELETE ON legal_hold
    BEGIN SELECT RAISE(ABORT, 'a legal hold is on this record'); END
    """,
)
POSTGRESQL_FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION refuse_held() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM held_compartment WHERE compartment_id = OLD.compartment_id) THEN
        RAISE EXCEPTION 'a legal hold is on this record';
      END IF;
      RETURN OLD;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION refuse_held_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM held_compartment) THEN RAISE EXCEPTION 'a legal hold is on this record'; END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION refuse_unhold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_TABLE_NAME = 'legal_hold' OR TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'a legal hold is on this record';
      END IF;
      IF EXISTS (SELECT 1 FROM legal_hold WHERE id = OLD.hold_id AND state = 'active') THEN
        RAISE EXCEPTION 'a legal hold is on this record';
      END IF;
      RETURN OLD;
    END $$
    """,
)
POSTGRESQL = (
    'CREATE TRIGGER held BEFORE DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION refuse_held()',
    'CREATE TRIGGER held_all BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION refuse_held_truncate()',
)
POSTGRESQL_HOLDS = (
    "CREATE TRIGGER kept BEFORE DELETE OR UPDATE ON held_compartment FOR EACH ROW EXECUTE FUNCTION refuse_unhold()",
    "CREATE TRIGGER kept BEFORE DELETE ON legal_hold FOR EACH ROW EXECUTE FUNCTION refuse_unhold()",
    "CREATE TRIGGER held_all BEFORE TRUNCATE ON held_compartment EXECUTE FUNCTION refuse_held_truncate()",
    "CREATE TRIGGER held_all BEFORE TRUNCATE ON legal_hold EXECUTE FUNCTION refuse_held_truncate()",
)


def put_up(connection: Connection) -> None:
    """Put up what is missing; nothing in a version without holds."""
    found = inspect(connection)
    tables = set(found.get_table_names())
    if HELD not in tables:
        return
    guarded = sorted(
        table
        for table in tables
        if table != HELD and any(column["name"] == "compartment_id" for column in found.get_columns(table))
    )
    (_on_sqlite if connection.dialect.name == "sqlite" else _on_postgresql)(connection, guarded)


def _on_sqlite(connection: Connection, guarded: list[str]) -> None:
    have = set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
    for table in guarded:
        if f"{table}_held" not in have:
            connection.execute(text(SQLITE.format(table=table)))
    if "legal_hold_kept" not in have:
        for statement in SQLITE_HOLDS:
            connection.execute(text(statement))


def _on_postgresql(connection: Connection, guarded: list[str]) -> None:
    query = "SELECT tgrelid::regclass::text || '.' || tgname FROM pg_trigger WHERE NOT tgisinternal"
    have = set(connection.scalars(text(query)))
    if "legal_hold.kept" not in have:
        for statement in (*POSTGRESQL_FUNCTIONS, *POSTGRESQL_HOLDS):
            connection.execute(text(statement))
    for table in guarded:
        # A hold itself has a compartment: its rows are kept by another refusal, and it stands under none.
        if f"{table}.held" not in have and table != "legal_hold":
            for statement in POSTGRESQL:
                connection.execute(text(statement.format(table=table)))
