"""Credentials in the URL of a database: what may be shown of it, and of its errors."""

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

import sqlalchemy as sa

#: What stands where a secret stood.
MASK = "***"

_SECRET_KEY = re.compile(r"pass|pwd|token|secret|credential|private|api_?key", re.IGNORECASE)


def secrets_of(url: sa.URL) -> frozenset[str]:
    """Return the password of *url*, and the values of its options that are as secret."""
    found = {str(url.password)} if url.password else set()
    for key, value in url.query.items():
        if _SECRET_KEY.search(key):
            found |= {value} if isinstance(value, str) else set(value)

    return frozenset(found)


def secret_options(text: str) -> frozenset[str]:
    """
    Return the secret values in *text* of the form ``key=value;key=value``.

    >>> secret_options("sc://lake:443/;token=t0p;user_id=me")
    frozenset({'t0p'})
    """
    options = (option.partition("=") for option in text.split(";"))

    return frozenset(value for key, _, value in options if value and _SECRET_KEY.search(key))


def without(secrets: Iterable[str], text: str) -> str:
    """
    Return *text* without *secrets*, in whatever way a driver has written them.

    >>> without({"s3/cret"}, "no such database: s3%2Fcret@db or s3/cret@db")
    'no such database: ***@db or ***@db'
    """
    written = {
        form for secret in secrets for form in (secret, quote(secret, ""), quote_plus(secret))
    }
    # The longest first, since one secret may be a part of another.
    for secret in sorted(written - {""}, key=len, reverse=True):
        text = text.replace(secret, MASK)

    return text


def shown(url: sa.URL) -> str:
    """
    Return *url* as it may be printed.

    >>> shown(sa.make_url("postgresql://watch:s3cret@db/lake?sslpassword=t0p"))
    'postgresql://watch:***@db/lake?sslpassword=***'
    """
    return without(secrets_of(url), url.render_as_string(hide_password=True))
