"""A certificate authority for tests, made with the system's `openssl`, in a folder."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_CONFIG = """\
[ca]
default_ca = this
[this]
database = {folder}/{name}.index
new_certs_dir = {folder}
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
[any]
commonName = supplied
"""


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


def at(days: float) -> datetime:
    """So many days from now."""
    return datetime.now(tz=UTC) + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path

    def broker_lines(self) -> tuple[str, ...]:
        """Return what makes Mosquitto show it."""
        return (f"certfile {self.certificate}", f"keyfile {self.key}")


class Authority:
    """One authority; its own certificate is `pem`."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self.folder, self.name = folder, name
        self.key, self.pem = folder / f"{name}.key", folder / f"{name}.pem"
        subject = ("-subj", f"/CN={name}")
        openssl(
            "req", "-x509", *_KEY, *subject, "-days", "30", "-keyout", self.key, "-out", self.pem
        )
        (folder / f"{name}.index").write_text("")
        self._config = folder / f"{name}.cnf"
        self._config.write_text(_CONFIG.format(folder=folder, name=name))

    def certify(
        self,
        name: str,
        alternative: str = "IP:127.0.0.1",
        *,
        begins: datetime | None = None,
        ends: datetime | None = None,
        file: str | None = None,
    ) -> Certified:
        """Sign a certificate for the common name `name`; yesterday to next month by default."""
        stem = self.folder / (file or name)
        key, request, pem = (stem.with_suffix(suffix) for suffix in (".key", ".csr", ".crt"))
        extensions = stem.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={alternative}\n")
        subject = "/CN=" + name.replace("/", "\\/")
        openssl("req", *_KEY, "-subj", subject, "-keyout", key, "-out", request)
        signing = ("-config", self._config, "-cert", self.pem, "-keyfile", self.key)
        span = ("-startdate", _stamp(begins or at(-1)), "-enddate", _stamp(ends or at(30)))
        openssl(
            *("ca", "-batch", "-notext", *signing, *span),
            *("-in", request, "-extfile", extensions, "-out", pem),
        )
        return Certified(pem, key)


def _stamp(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y%m%d%H%M%SZ}"
