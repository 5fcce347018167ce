"""A new badge key for a site's desk, by an administrator's hand."""

import os

from hal.drivers.file_key_store import open_directory
from hal.drivers.system_random import SystemRandom
from tools.edgemesh.people.badges import next_keys, read_keys, without_unused, write_keys
from tools.edgemesh.site import Site, lock_role
from tools.edgemesh.storage.databases import vault_database
from tools.edgemesh.storage.sqlite_desk import SqliteDesk


def rekey(site: Site) -> int:
    """From the vault's next start on, badges are kept under a new key, each from its next tap on; how many have still
    to be tapped. Older keys that no badge is kept under are forgotten. Raises `SiteError` while the vault runs, which
    would go on with the key it has; `Problem` badge-keys-full, `DeviceError`, `StoreError`."""
    directory = site.path("vault")
    lock = lock_role(directory)
    database = vault_database(site)
    try:
        store, files = SqliteDesk(database), open_directory(directory)
        keys = next_keys(without_unused(read_keys(files), store), SystemRandom())
        write_keys(files, without_unused(keys, store))
        return len(store.badges())
    finally:
        database.close()
        os.close(lock)
