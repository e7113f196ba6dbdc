"""The settings of a keyring in a hardware module: a TOML file that GHARANA_KEYRING names.

The PIN stands neither in it nor on a command line: it comes from GHARANA_KEYRING_PIN, or from a file that only its
owner can read.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.documents.toml_file import read_toml
from adapters.faults import Refused
from adapters.keys.private_file import read_private

FORMAT = "gharana-keyring/1"
PIN_VARIABLE = "GHARANA_KEYRING_PIN"


class ModuleSettings(BaseModel):
    """Where the master keys lie. `module` is the maker's PKCS#11 library, `key` the label of all master keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["gharana-keyring/1"]
    kind: Literal["pkcs11"]
    module: Path
    token: str = Field(min_length=1)
    key: str = Field(default="gharana-master", min_length=1)
    secrets: Path | None = None
    pin_file: Path | None = None


def read_module_settings(path: Path) -> ModuleSettings:
    """Read the settings. Raises Refused with every field that is wrong."""
    try:
        return ModuleSettings.model_validate(read_toml(path))
    except ValidationError as wrong:
        fields = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong.errors())
        raise Refused(
            f"The keyring settings {path} cannot be used: {fields}. docs/keys.md shows such a file."
        ) from None


def find_pin(settings: ModuleSettings, environment: Mapping[str, str]) -> str:
    """The PIN of the token. Raises Refused where there is none."""
    if settings.pin_file is not None:
        content = read_private(settings.pin_file, "The PIN file", "Write the token's PIN into it, or mend its rights.")
        pin = content.decode(errors="replace").strip()
    else:
        pin = environment.get(PIN_VARIABLE, "")
    if not pin:
        named = settings.pin_file or f"the environment variable {PIN_VARIABLE}"
        raise Refused(f"No PIN for token {settings.token}: {named} is empty. Put the PIN of its user there.")
    return pin
