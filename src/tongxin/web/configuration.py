"""What an installation may set: environment variables with the prefix TONGXIN_."""

import secrets
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Configuration(BaseSettings):
    """Read from the environment; `docs/reference/settings.md` has one heading for each field."""

    model_config = SettingsConfigDict(env_prefix="TONGXIN_", extra="ignore")

    home: Path = Field(default=Path("var"), description="Data folder: database, keys, sealed uploads, backups.")
    database_url: str = Field(default="", description="postgresql://…; empty means SQLite in the data folder.")
    debug: bool = False
    allowed_hosts: str = Field(default="127.0.0.1,localhost,[::1]", description="Comma-separated host names.")
    trusted_origins: str = Field(default="", description="Comma-separated origins for CSRF behind a proxy.")
    secure: bool = Field(default=False, description="True behind HTTPS: secure cookies, HSTS.")
    time_zone: str = "Asia/Shanghai"
    profiles: str = Field(default="", description="Folder of disease profiles; empty means those that ship.")
    figures_seconds: int = Field(default=3, ge=0, le=60, description="How long pages share a set of figures.")
    queue: str = Field(default="thread", description="thread: deliver in the server; none: run `tongxin worker`.")

    def secret_key(self) -> str:
        """Return the signing secret, made at first use beside the master key and readable by its owner only."""
        path = self.home / "keys" / "secret.key"
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with path.open("x") as file:
                    path.chmod(0o600)
                    file.write(secrets.token_urlsafe(48))
            except FileExistsError:
                pass
        return path.read_text()
