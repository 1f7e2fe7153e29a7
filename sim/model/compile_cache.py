"""A cache of compiled code on disk. Damaged code is compiled again; code that cannot be kept costs time, but does not stop the run.

numba trusts its files. A full disk, a power cut or an interrupted copy can leave them truncated or filled with zeros. Then every run fails,
or executes garbage as machine code. So we store a checksum with each piece of code, and use the code only if the checksum fits.
"""

from __future__ import annotations

import logging
import pickle
import zlib
from contextlib import suppress
from typing import Any

from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.serialize import dumps

from sim.model.compiled import mark_of


class _WithChecksum(CompileResultCacheImpl):
    """numba's form of compiled code on disk, with its checksum."""

    def reduce(self, compiled: Any) -> tuple[int, bytes]:
        code = dumps(super().reduce(compiled))  # type: ignore[no-untyped-call]
        return zlib.crc32(code), code

    def rebuild(self, target: Any, on_disk: tuple[int, bytes]) -> Any:
        checksum, code = on_disk
        if zlib.crc32(code) != checksum:
            raise ValueError("the code is not as it was written")
        return super().rebuild(target, pickle.loads(code))  # type: ignore[no-untyped-call]


class MendingCache(FunctionCache):
    """numba's cache of one function; an entry that cannot be read counts as missing."""

    _impl_class = _WithChecksum
    told = False
    """Whether this program has warned of damage already: several functions may be damaged, one warning is enough."""

    def __init__(self, function: Any) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self.mark = mark_of(function)

    def load_overload(self, signature: Any, target: Any) -> Any:
        try:
            return super().load_overload(signature, target)  # type: ignore[no-untyped-call]
        except Exception as damage:  # garbage can raise any error
            self._tell(f"compiled code in {self.cache_path} is damaged ({type(damage).__name__}); it is compiled again")
            with suppress(OSError):  # an entry that cannot be removed cannot be replaced either; saving it tells so
                self.mark.unlink(missing_ok=True)
                self.flush()
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        try:
            super().save_overload(signature, compiled)  # type: ignore[no-untyped-call]
            self.mark.touch()
        except Exception as error:
            self._tell(f"compiled code cannot be kept in {self.cache_path} ({error}); it will be compiled again each time")

    def _tell(self, what: str) -> None:
        if not MendingCache.told:
            MendingCache.told = True
            logging.getLogger(__name__).warning(what)
