"""No way out to the network, in one thread and for a time."""

import socket
import threading
import urllib.request

import pytest

from robtest.errors import AssetMissing
from robtest.textattack.network import offline


def test_a_look_up_and_a_connection_are_refused_naming_who_and_where() -> None:
    with offline("the recipe x"):
        with pytest.raises(AssetMissing, match=r"the recipe x tried to reach 'files\.example'"):
            urllib.request.urlopen("https://files.example/words.zip")
        with socket.socket() as opened, pytest.raises(AssetMissing, match="tried to reach"):
            opened.connect(("127.0.0.1", 9))


def test_other_threads_and_later_times_are_not_touched() -> None:
    def reached() -> bool:
        with socket.create_server(("127.0.0.1", 0)) as server:
            with socket.create_connection(server.getsockname()):
                return True

    seen: list[bool] = []
    with offline("the recipe x"):
        other = threading.Thread(target=lambda: seen.append(reached()))
        other.start()
        other.join()
        with offline("within it"):
            pass
        with pytest.raises(AssetMissing, match="the recipe x"):
            reached()
    assert seen == [True]
    assert reached()
