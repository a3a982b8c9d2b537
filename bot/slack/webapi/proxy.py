"""The way to Slack through an HTTP proxy. slack_sdk takes one from the environment, and passes by ``NO_PROXY``."""

from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_for(url: str) -> str | None:
    """Find the proxy that the environment names for a URL; never one for this machine itself.

    ``NO_PROXY`` counts, as everywhere else.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if _is_here(host) or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme) or None


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
