"""A few calls of DuckDB's C interface: enough to run statements with the very library that the engine links."""
import ctypes


class DuckDbError(Exception):
    """A statement or call that DuckDB refused, with its message."""


class _Result(ctypes.Structure):
    """`duckdb_result`; its fields are private to DuckDB."""

    _fields_ = [('counts', ctypes.c_uint64 * 3), ('pointers', ctypes.c_void_p * 3)]


class Database:
    """One database, in memory or in a file, with one connection."""

    def __init__(self, library, path=':memory:'):
        self._library = ctypes.CDLL(library)
        self._library.duckdb_result_error.restype = ctypes.c_char_p
        self._library.duckdb_value_varchar.restype = ctypes.c_void_p
        self._database = ctypes.c_void_p()
        self._connection = ctypes.c_void_p()
        if self._library.duckdb_open(path.encode(), ctypes.byref(self._database)) != 0:
            raise DuckDbError(f'cannot open {path}')
        self._library.duckdb_connect(self._database, ctypes.byref(self._connection))

    def run(self, sql):
        """Runs statements and returns the first value of the last one as text, or None."""
        result = _Result()
        failed = self._library.duckdb_query(self._connection, sql.encode(), ctypes.byref(result)) != 0
        try:
            if failed:
                raise DuckDbError((self._library.duckdb_result_error(ctypes.byref(result)) or b'').decode())
            value = self._library.duckdb_value_varchar(ctypes.byref(result), ctypes.c_uint64(0), ctypes.c_uint64(0))
            if not value:
                return None
            text = ctypes.string_at(value).decode()
            self._library.duckdb_free(ctypes.c_void_p(value))
            return text
        finally:
            self._library.duckdb_destroy_result(ctypes.byref(result))

    def close(self):
        """Writes what is pending and closes the database."""
        self._library.duckdb_disconnect(ctypes.byref(self._connection))
        self._library.duckdb_close(ctypes.byref(self._database))
