from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from leaderboard.store.folder import Folders
from leaderboard.web.api.routes import api

Client = Callable[..., TestClient]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """Open the API on the runs written so far; settings are environment variables."""

    def open_api(**environment: str) -> TestClient:
        return TestClient(api(Folders(tmp_path / "runs"), environment), raise_server_exceptions=False)

    return open_api
