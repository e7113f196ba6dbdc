"""The library's recorder test cases.

Their module also tests a cipher that we do not use, and imports a package for it that is not among our dependencies; an
empty module stands in for that one import.
"""

import sys
from types import ModuleType

_no_cipher = ModuleType("eventsourcing.cipher")
_no_cipher.AESCipher = None  # type: ignore[attr-defined]

sys.modules["eventsourcing.cipher"] = _no_cipher
from eventsourcing.tests import persistence  # noqa: E402 - only now can it be imported

del sys.modules["eventsourcing.cipher"]

ApplicationRecorderTestCase = persistence.ApplicationRecorderTestCase
TrackingRecorderTestCase = persistence.TrackingRecorderTestCase
