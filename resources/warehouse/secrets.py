"""Credentials in the URL of a database: what may be shown of it, and of its errors."""

import re
from urllib.parse import quote, quote_plus

import sqlalchemy as sa

#: What stands where a secret stood.
MASK = "***"

_SECRET_KEY = re.compile(r"pass|pwd|token|secret|credential|private|api_?key", re.IGNORECASE)


def shown(url: sa.URL) -> str:
    """
    Return *url* as it may be printed.

    >>> shown(sa.make_url("postgresql://watch:s3cret@db/lake?sslpassword=t0p"))
    'postgresql://watch:***@db/lake?sslpassword=***'
    """
    query = {key: MASK if _SECRET_KEY.search(key) else value for key, value in url.query.items()}
    text = url.set(query=query).render_as_string(hide_password=True)

    return text.replace(quote_plus(MASK), MASK)


def without_secrets(text: str, url: sa.URL) -> str:
    """
    Return *text* without the secrets of *url*, in whatever way a driver has written them.

    >>> without_secrets("no such option: s3cret@db", sa.make_url("pg://me:s3cret@db/lake"))
    'no such option: ***@db'
    """
    found = {str(url.password)} if url.password else set()
    for key, value in url.query.items():
        if _SECRET_KEY.search(key):
            found |= {value} if isinstance(value, str) else set(value)
    written = {form for secret in found for form in (secret, quote(secret, ""), quote_plus(secret))}
    # The longest first, since one secret may be a part of another.
    for secret in sorted(written - {""}, key=len, reverse=True):
        text = text.replace(secret, MASK)

    return text
