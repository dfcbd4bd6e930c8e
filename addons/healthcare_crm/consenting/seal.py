"""Seal a PDF, and tell whether a sealed one is still what was sealed.

The key and its certificate come from one PEM file that the server's administrator keeps: a private
key, the certificate for it, and after these the certificates used before. It is never in the
database: who can change rows cannot make a file look signed.
"""

import functools
import hashlib
import io
import os
from typing import NamedTuple

from asn1crypto import cms as asn1_cms
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko import stamp
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields as sig_fields
from pyhanko.sign import signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from odoo.tools import config

#: Room for the signature in the file; half of it is used with an elliptic key.
ROOM = 4096
FIELD = 'ClinicSeal'


class SealMissing(Exception):
    """No key to seal with, said in words for an administrator."""


class Verdict(NamedTuple):
    """What a sealed file turned out to be.

    :param state: ``valid``, ``altered``, ``unknown`` (whole, but sealed by somebody else) or
        ``unsealed`` (no PDF, or none with a seal)
    """

    state: str
    signed_at: object = None
    signer: str = ''


class Sealer(NamedTuple):
    """A key, its certificate and the certificates that were used before, as DER."""

    key: bytes
    certificates: tuple

    @classmethod
    def from_pem(cls, pem):
        """Read what the administrator's file holds.

        :raise SealMissing: it holds no key with its certificate
        """
        try:
            key = serialization.load_pem_private_key(pem, password=None)
            certificates = x509.load_pem_x509_certificates(pem)
        except (ValueError, TypeError) as error:
            raise SealMissing(
                "The file named by HEALTHCARE_SEAL_FILE holds no private key without a password, "
                "or no certificate. Put both into it as PEM, or run script/setup to make one."
            ) from error
        own = _public(key)
        certificates.sort(key=lambda one: _public(one) != own)  # the key's own first
        if _public(certificates[0]) != own:
            raise SealMissing(
                "The file named by HEALTHCARE_SEAL_FILE holds no certificate for its private key."
            )
        return cls(
            key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            tuple(one.public_bytes(serialization.Encoding.DER) for one in certificates),
        )

    def seal(self, pdf, label, box=(36, 14, 560, 30)):
        """Return ``pdf`` with a seal over all of it, seen at the foot of its last page.

        :param str label: what is written there; Latin letters, digits and signs only
        """
        signer = signers.SimpleSigner(
            signing_cert=asn1_x509.Certificate.load(self.certificates[0]),
            signing_key=asn1_keys.PrivateKeyInfo.load(self.key),
            cert_registry=SimpleCertificateStore(),
        )
        out = io.BytesIO()
        signers.PdfSigner(
            signers.PdfSignatureMetadata(
                field_name=FIELD,
                md_algorithm='sha256',
                certify=True,
                docmdp_permissions=sig_fields.MDPPerm.NO_CHANGES,
            ),
            signer=signer,
            stamp_style=stamp.TextStampStyle(
                stamp_text='%(label)s', border_width=0, background=None, timestamp_format='%Y'
            ),
            new_field_spec=sig_fields.SigFieldSpec(FIELD, on_page=-1, box=box),
        ).sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False),
            output=out,
            bytes_reserved=ROOM,
            appearance_text_params={'label': label},
        )
        return out.getvalue()


def load():
    """Return the :class:`Sealer` of this server; read again when the file changed.

    :raise SealMissing: there is none
    """
    if pem := os.environ.get('HEALTHCARE_SEAL'):
        return _read(pem.encode(), None)
    path = os.environ.get('HEALTHCARE_SEAL_FILE') or config.get('healthcare_seal_file')
    if not path:
        raise SealMissing(
            "Signed consents are sealed with a key, and none is set. Name a PEM file with a "
            "private key and its certificate in HEALTHCARE_SEAL_FILE, or as healthcare_seal_file "
            "in odoo.conf; script/setup makes one for trying out."
        )
    try:
        changed = os.stat(path).st_mtime_ns
    except OSError as error:
        raise SealMissing(f"The file {path} with the key of the seal cannot be read.") from error
    return _read(path, changed)


@functools.lru_cache(maxsize=4)
def _read(source, _changed):
    if isinstance(source, bytes):
        return Sealer.from_pem(source)
    try:
        with open(source, 'rb') as file:
            return Sealer.from_pem(file.read())
    except OSError as error:
        raise SealMissing(f"The file {source} with the key of the seal cannot be read.") from error


def verify(pdf, known):
    """Say whether ``pdf`` is, to the last byte, what one of our certificates sealed.

    :param known: DER of the certificates that count as ours
    :rtype: Verdict
    """
    if not pdf.startswith(b'%PDF-'):
        return Verdict('unsealed')
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        signatures = reader.embedded_signatures
        if not signatures:
            # a name nobody else writes into a file: the seal was there, and was broken off
            return Verdict('altered' if FIELD.encode() in pdf else 'unsealed')
        if len(signatures) > 1:
            return Verdict('altered')
        return _judge(pdf, signatures[0], known)
    except Exception:  # noqa: BLE001 - a broken file may fail anywhere in the parser
        return Verdict('altered')


def _judge(pdf, signature, known):
    """Return the :class:`Verdict` about the one signature of a file."""
    der = signature.signer_cert.dump()
    is_known = der in known
    roots = [asn1_x509.Certificate.load(der)]
    signed_at = signature.self_reported_timestamp
    signature.compute_integrity_info()
    status = validate_pdf_signature(
        signature,
        signer_validation_context=ValidationContext(
            trust_roots=roots, moment=signed_at, allow_fetching=False
        ),
        skip_diff=True,
    )
    whole = (
        status.intact
        and status.valid
        and signature.coverage == SignatureCoverageLevel.ENTIRE_FILE
        and _is_written_as_we_write(pdf, signature)
    )
    if not whole:
        return Verdict('altered')
    if not is_known or not status.trusted:
        return Verdict('unknown', signed_at, signature.signer_cert.subject.human_friendly)
    return Verdict('valid', signed_at, signature.signer_cert.subject.human_friendly)


def _is_written_as_we_write(pdf, signature):
    """Say whether the part of the file that holds the signature itself, which no signature can
    cover, is spelled as we spell it: capital digits, no room used for anything else, and
    nothing in the signature's envelope that is not signed."""
    start, length, rest, _end = signature.byte_range
    written = pdf[start + length : rest]
    cms = signature.signed_data
    content = signature.sig_object.raw_get('/Contents', decrypt=False)
    raw = bytes(content)
    info = asn1_cms.ContentInfo.load(raw)
    size = len(info.dump())
    plain = b'<' + raw.hex().upper().encode() + b'>'
    [signer] = cms['signer_infos']
    return (
        written == plain
        and not any(raw[size:])
        and info.copy().dump(force=True) == raw[:size]
        and cms['version'].native == 'v1'
        and info['content_type'].native == 'signed_data'
        and [one['algorithm'].native for one in cms['digest_algorithms']] == ['sha256']
        and cms['encap_content_info']['content_type'].native == 'data'
        and len(cms['certificates']) == 1
        and cms['crls'].native is None
        and signer['version'].native == 'v1'
        and signer['sid'].chosen['issuer'].dump() == signature.signer_cert.issuer.dump()
        and signer['sid'].chosen['serial_number'].native == signature.signer_cert.serial_number
        and signer['digest_algorithm']['algorithm'].native == 'sha256'
        and signer['unsigned_attrs'].native is None
    )


def sha256(pdf):
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(pdf).hexdigest()


def _public(key_or_certificate):
    """Return the public key of a private key or a certificate, to compare."""
    public = key_or_certificate.public_key()
    return public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
