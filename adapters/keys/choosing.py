"""Which keyring a registry has: a key file, unless GHARANA_KEYRING names the settings of one in a module."""

from collections.abc import Mapping
from pathlib import Path

from adapters.keys.file_keyring import KeyFilePlace, key_file_path
from adapters.keys.keyring import KeyringPlace
from adapters.keys.module_settings import read_module_settings


def keyring_place(home: Path, environment: Mapping[str, str]) -> KeyringPlace:
    """Where the keyring of the registry in this home is kept. Raises Refused for settings that cannot be used."""
    named = environment.get("GHARANA_KEYRING")
    if not named:
        return KeyFilePlace(key_file_path(home, environment))
    from adapters.keys.module_keyring import ModulePlace  # noqa: PLC0415 - its library is loaded where it is used

    settings = read_module_settings(Path(named))
    return ModulePlace(settings, settings.secrets or home / "keys" / "wrapped-secrets.json", dict(environment))
