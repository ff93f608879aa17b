"""Who may talk to the processes of a cluster: whoever can, runs code as its user."""

from __future__ import annotations

import socket
import ssl
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client, Security

from lossgeo.engine.embedded import embedded

SECONDS = 60.0


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder for temporary files of this process and its children, as long as these tests run."""
    folder, before = tmp_path_factory.mktemp("temporary"), tempfile.tempdir
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        tempfile.tempdir = str(folder)
        yield folder
    tempfile.tempdir = before


@pytest.fixture(scope="module")
def client(temporary: Path) -> Iterator[Client]:  # noqa: ARG001  # from here on, they are written there
    with embedded(1) as client:
        yield client


def addresses(client: Client) -> dict[str, tuple[str, int]]:
    """Host and port of whatever listens."""
    (nanny,) = client.cluster.workers.values()
    listening = {"scheduler": client.scheduler.address, "worker": nanny.worker_address, "nanny": nanny.address}
    places = {name: address.rpartition("//")[2].split(":") for name, address in listening.items()}
    return {name: (host, int(port)) for name, (host, port) in places.items()}


def context_of(security: Security | None) -> ssl.SSLContext:
    """The key of `security`, if any, for somebody who does not care whom he talks to."""
    if security is None:
        context = ssl.create_default_context()
    else:
        context = security.get_connection_args("client")["ssl_context"]
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def is_answered(place: tuple[str, int], security: Security | None) -> bool:
    """Whether there is an answer beyond the handshake, in which both sides show what they have."""
    with (
        socket.create_connection(place, timeout=SECONDS) as plain,
        context_of(security).wrap_socket(plain) as encrypted,
    ):
        try:
            return len(encrypted.recv(1)) > 0
        except ssl.SSLError:
            return False


WHERE = pytest.mark.parametrize("name", ["scheduler", "worker", "nanny"])


@WHERE
def test_the_key_of_a_cluster_is_let_in(name: str, client: Client) -> None:
    assert is_answered(addresses(client)[name], client.security)


@WHERE
@pytest.mark.parametrize("security", [None, Security.temporary()], ids=["no key", "another key"])
def test_whoever_has_not_the_key_of_a_cluster_is_refused(name: str, security: Security | None, client: Client) -> None:
    assert not is_answered(addresses(client)[name], security)


@WHERE
def test_a_connection_that_is_not_encrypted_is_not_answered(name: str, client: Client) -> None:
    with socket.create_connection(addresses(client)[name], timeout=1.0) as plain, pytest.raises(TimeoutError):
        plain.recv(1)


def test_a_plain_client_is_refused(client: Client) -> None:
    host, port = addresses(client)["scheduler"]

    with pytest.raises(OSError, match=r"Timed out|[Cc]losed"):
        Client(f"tcp://{host}:{port}", timeout="3s", set_as_default=False)


def test_a_client_with_a_key_of_its_own_is_refused(client: Client) -> None:
    host, port = addresses(client)["scheduler"]

    with pytest.raises(OSError, match=r"Timed out|certificate"):
        Client(f"tls://{host}:{port}", security=Security.temporary(), timeout="3s", set_as_default=False)


def test_no_file_keeps_the_key(client: Client, temporary: Path) -> None:
    assert client.submit(sum, [1, 2]).result() == 3

    files = [path for path in temporary.rglob("*") if path.is_file()]
    assert [path for path in files if b"PRIVATE KEY" in path.read_bytes()] == []


def test_no_pages_are_served(client: Client) -> None:
    port = client.cluster.scheduler.http_server.port

    for page in ("health", "json/counts.json", "info/main/workers.html", "metrics"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=SECONDS)
