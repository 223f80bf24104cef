"""An OpenID Connect provider on this machine: it signs in whoever asks, with claims that the test chooses."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

KEY = b"a key of this test that is long enough"
CLIENT = "site"
ADA = {"email": "ada@example.org", "email_verified": True}


@dataclass
class Provider:
    """``claims`` are those of the next sign-in; ``asked`` counts how often somebody was sent here."""

    address: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: dict(ADA))
    asked: int = 0
    nonces: dict[str, str] = field(default_factory=dict)

    def token(self, nonce: str) -> str:
        """Return a signed token (RFC 7515, HS256)."""
        now = int(time.time())
        said = {"iss": self.address, "sub": "1", "aud": CLIENT, "iat": now, "exp": now + 600, "nonce": nonce}
        parts = [{"alg": "HS256", "kid": "1", "typ": "JWT"}, {**said, **self.claims}]
        text = ".".join(_packed(json.dumps(part).encode()) for part in parts)
        return f"{text}.{_packed(hmac.digest(KEY, text.encode(), 'sha256'))}"

    def secrets(self, site: str, emails: list[str]) -> str:
        """Return the secrets.toml of a site at this address."""
        return (
            f'[auth]\nredirect_uri = "{site}/oauth2callback"\ncookie_secret = "{"0123456789abcdef" * 2}"\n'
            f'client_id = "{CLIENT}"\nclient_secret = "a secret"\n'
            f'server_metadata_url = "{self.address}/.well-known/openid-configuration"\n\n'
            f"[review]\nemails = {json.dumps(emails)}\n"
        )


@contextmanager
def started() -> Iterator[Provider]:
    """Run a provider while the block runs."""
    provider = Provider()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = urlsplit(self.path)
            if place.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(place.query).items()}
                provider.asked += 1
                code = str(provider.asked)
                provider.nonces[code] = asked["nonce"]
                self.send_response(302)
                back = urlencode({"code": code, "state": asked["state"]})
                self.send_header("Location", f"{asked['redirect_uri']}?{back}")
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif place.path == "/jwks":
                self._json({"keys": [{"kty": "oct", "kid": "1", "alg": "HS256", "k": _packed(KEY)}]})
            else:
                self._json(
                    {
                        "issuer": provider.address,
                        "authorization_endpoint": f"{provider.address}/authorize",
                        "token_endpoint": f"{provider.address}/token",
                        "jwks_uri": f"{provider.address}/jwks",
                        "id_token_signing_alg_values_supported": ["HS256"],
                    }
                )

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            nonce = provider.nonces[form["code"][0]]
            self._json({"access_token": "a", "token_type": "Bearer", "id_token": provider.token(nonce)})

        def _json(self, answer: object) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        provider.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield provider
        server.shutdown()
        thread.join()


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
