"""Self-signed certificates, made on the spot, that a test can replace."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class CertificateFiles:
    """A certificate that is its own CA, and its key."""

    certificate: Path
    key: Path

    def write(self, name: str) -> "CertificateFiles":
        """Overwrite the files with a new pair whose subject is `name`."""
        certificate, key = self_signed(name)
        self.certificate.write_bytes(certificate)
        self.key.write_bytes(key)
        return self


def files_in(folder: Path, name: str = "first") -> CertificateFiles:
    """A certificate and its key in a folder."""
    return CertificateFiles(folder / "tls.crt", folder / "tls.key").write(name)


def self_signed(name: str) -> tuple[bytes, bytes]:
    """Certificate and key in PEM, for localhost and 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), secret
