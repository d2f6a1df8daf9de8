#!/usr/bin/env python3
"""Loads DuckDB's library and its extensions as the engine does: signatures are checked, nothing is downloaded."""
import sys

from duckdb_library import Database, DuckDbError


def main():
    library, folder, version, extensions = sys.argv[1:5]
    database = Database(library)
    found = database.run('SELECT version()')
    if found != 'v' + version:
        sys.exit(f'{library} is DuckDB {found}, wanted v{version}')
    database.run("SET extension_directory = '" + folder.replace("'", "''") + "'")
    database.run('SET autoinstall_known_extensions = false')
    broken = []
    for name in extensions.split():
        try:
            database.run('LOAD ' + name)
        except DuckDbError as problem:
            broken.append(f'extension {name}: {problem}')
    database.close()
    if broken:
        sys.exit('\n'.join(broken))


if __name__ == '__main__':
    main()
