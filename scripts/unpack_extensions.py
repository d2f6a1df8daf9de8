#!/usr/bin/env python3
"""Copies the extension out of each Python package of a folder into another folder."""
import pathlib
import sys
import zipfile


def main():
    wheels, target = map(pathlib.Path, sys.argv[1:3])
    for wheel in sorted(wheels.glob('*.whl')):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.endswith('.duckdb_extension'):
                    (target / pathlib.PurePosixPath(name).name).write_bytes(archive.read(name))


if __name__ == '__main__':
    main()
