"""The SQLite file of each role of a site."""

from tools.edgemesh.registrar import sqlite as registrar_sqlite
from tools.edgemesh.site import REGISTRAR, Site
from tools.edgemesh.storage import sqlite_desk, sqlite_epochs, sqlite_jobs, sqlite_receipts
from tools.edgemesh.storage.sqlite import Database
from tools.edgemesh.storage.sqlite_roles import NODE_SCHEMA


def vault_database(site: Site) -> Database:
    """Desk, jobs and receipts. Raises `StoreError`."""
    schema = sqlite_desk.SCHEMA + sqlite_jobs.SCHEMA + sqlite_receipts.SCHEMA
    return Database(site.path("vault") / "vault.db", schema)


def node_database(site: Site, node: str) -> Database:
    """A node's records; its bodies lie beside them. Raises `StoreError`."""
    return Database(site.path(node) / "node.db", NODE_SCHEMA)


def registrar_database(site: Site) -> Database:
    """Members and denials. Raises `StoreError`."""
    return Database(site.path(REGISTRAR) / "registrar.db", registrar_sqlite.SCHEMA)


def org_database(site: Site) -> Database:
    """The epochs. Raises `StoreError`."""
    return Database(site.path("org") / "org.db", sqlite_epochs.SCHEMA)
