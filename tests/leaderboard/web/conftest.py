from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

Open = Callable[..., AppTest]


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[str], Open]:
    """Return what opens a view on the runs written so far; options are what the address asks for."""

    def of_view(view: str) -> Open:
        def show(view: str, folder: str) -> None:
            from importlib import import_module
            from pathlib import Path

            from leaderboard.store.folder import Folders

            import_module(f"leaderboard.web.views.{view}").show(Folders(Path(folder)))

        def open_page(**query: str) -> AppTest:
            app = AppTest.from_function(show, default_timeout=90, args=(view, str(tmp_path / "runs")))
            for name, value in query.items():
                app.query_params[name] = value
            app.run()
            assert not app.exception
            return app

        return open_page

    return of_view
