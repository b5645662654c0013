"""Calling a receiver, and nobody else: its name is looked up here, judged, and the call goes to what was judged.

So a name that stands for an inside address, or comes to stand for one between looking and calling,
leads nowhere. Redirects are not followed, proxies are not asked, and nothing of an answer is kept but its status.
"""

import asyncio
import socket
import ssl
from functools import cache

import httpx

from domain.connecting import may_connect

PATIENCE = 10.0


class NotReached(Exception):
    """The receiver could not be reached, or said nothing in time."""


class Forbidden(NotReached):
    """The name stands for an address that webhooks may not lead to."""


async def post(url: str, headers: dict[str, str], body: bytes, *, allow_private: bool, within: float = PATIENCE) -> int:
    """Send one call; the status it was answered with. Raises NotReached."""
    try:
        async with asyncio.timeout(within):
            return await _post(httpx.URL(url), headers, body, allow_private)
    except TimeoutError:
        raise NotReached(f"no answer within {within:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, UnicodeError) as why:
        raise NotReached(str(why) or type(why).__name__) from why


async def _post(url: httpx.URL, headers: dict[str, str], body: bytes, allow_private: bool) -> int:
    host = url.raw_host.decode("ascii")
    address = await judged(host, url.port or (443 if url.scheme == "https" else 80), allow_private)
    # The certificate is checked for the name, although the call goes to the address.
    call = httpx.Request(
        "POST",
        url.copy_with(host=address),
        headers={**headers, "Host": url.netloc.decode("ascii"), "Connection": "close"},
        content=body,
        extensions={"sni_hostname": host, "timeout": httpx.Timeout(PATIENCE).as_dict()},
    )
    async with httpx.AsyncHTTPTransport(verify=_trusted(), trust_env=False, retries=0) as transport:
        answer = await transport.handle_async_request(call)
        await answer.aclose()
        return answer.status_code


async def judged(host: str, port: int, allow_private: bool) -> str:
    """The address to call. Raises Forbidden where any that the name stands for may not be called."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        raise NotReached(f"no address is known for {host}") from None
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    for address in addresses:
        if not may_connect(address, host, allow_private):
            raise Forbidden(f"{host} stands for {address}, where webhooks may not lead")
    if not addresses:
        raise NotReached(f"{host} stands for no address")
    # IPv4 first: more of the networks that homes are on reach it.
    return min(addresses, key=lambda address: ":" in address)


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
