"""A storage account: addresses, keys that are wrong, hosts that are silent, files too large for one request."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spotify_platform.azure import StorageAccount, explained
from spotify_platform.cli import app
from spotify_platform.errors import ConfigurationError, SourceUnavailableError
from spotify_platform.lake.azure import RAW, AzureLake
from spotify_platform.lake.interface import Table
from spotify_platform.lake.reading import query
from spotify_platform.warehouse.serverless import views

pytestmark = pytest.mark.filterwarnings("ignore:Parameter `backfill_policy` of function `asset` is currently in beta")


def test_an_account_is_known_by_its_host_and_an_emulated_one_by_its_path() -> None:
    assert StorageAccount("https://music.blob.core.windows.net").name == "music"
    assert StorageAccount("http://127.0.0.1:1/devstoreaccount1").name == "devstoreaccount1"
    address = StorageAccount("https://music.blob.core.windows.net").address("rawdata", "data/x.parquet")
    assert address == "abfss://rawdata@music.dfs.core.windows.net/data/x.parquet"
    url = StorageAccount("https://music.blob.core.windows.net").url(address)
    assert url == "https://music.dfs.core.windows.net/rawdata/data/x.parquet"


def test_an_account_never_shows_its_secrets() -> None:
    assert "s3cret" not in repr(StorageAccount("https://music.blob.core.windows.net", key="s3cret", sas="s3cret"))


def test_a_wrong_key_says_what_to_grant(azurite: StorageAccount, tmp_path: Path) -> None:
    lake = AzureLake(StorageAccount(azurite.endpoint, key="d3Jvbmc="), "data", tmp_path)
    with pytest.raises(ConfigurationError, match="Storage Blob Data Contributor"):
        lake.exists("x")


def test_a_host_that_does_not_answer_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.core.exceptions import ServiceRequestError

    with pytest.raises(SourceUnavailableError, match="music does not answer: refused"), explained("music"):
        raise ServiceRequestError("refused")


@pytest.mark.parametrize(("status", "error"), [(403, ConfigurationError), (503, SourceUnavailableError)])
def test_an_answer_that_is_no_success_is_one_of_our_errors(status: int, error: type[Exception]) -> None:
    from azure.core.exceptions import HttpResponseError

    answer = HttpResponseError("This request is not authorized.\nRequestId: 1")
    answer.status_code = status
    with pytest.raises(error, match="not authorized") as told, explained("music"):
        raise answer
    assert "RequestId" not in str(told.value)


def test_a_sas_token_opens_the_lake(azurite: StorageAccount, tmp_path: Path) -> None:
    from azure.storage.blob import AccountSasPermissions, ResourceTypes, generate_account_sas

    assert azurite.key
    token = generate_account_sas(
        azurite.name,
        account_key=azurite.key,
        resource_types=ResourceTypes(service=True, container=True, object=True),
        permission=AccountSasPermissions(read=True, write=True, delete=True, list=True, create=True, add=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    lake = AzureLake(StorageAccount(azurite.endpoint, sas=token), "by-sas", tmp_path / "scratch")
    assert lake.put_json_if_absent("manifest/a.json", {"n": 1})
    assert list(lake.read_jsons("manifest")) == [("manifest/a.json", {"n": 1})]
    table: Table = ("cleandata", "numbers")
    assert lake.commit(table, [], {"n": "BIGINT"}, commit={}).version == 0
    assert query(lake, "SELECT COUNT(*) FROM cleandata.numbers", table) == [(0,)]


def test_a_large_file_is_sent_in_blocks_and_read_back_whole(azurite: StorageAccount, tmp_path: Path) -> None:
    lake = AzureLake(azurite, "large", tmp_path / "scratch")
    source = tmp_path / "large"
    with source.open("wb") as file:
        for number in range(66):
            file.write(bytes([number]) * (1 << 20))
    lake.put_file("large", source)
    with azurite.container(RAW) as container:
        committed, _ = container.get_blob_client("large/large").get_block_list("all")
    assert len(committed) > 1
    with lake.local_copy("large") as copy:
        assert copy.read_bytes() == source.read_bytes()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_json_object_is_fetched_once(
    azurite: StorageAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = AzureLake(azurite, "once", tmp_path)
    for number in range(3):
        lake.put_json_if_absent(f"manifest/{number}.json", {"n": number})
    found = list(lake.read_jsons("manifest"))

    def fetched(*_: object, **__: object) -> None:
        raise AssertionError("it had been fetched before")

    monkeypatch.setattr("azure.storage.blob.ContainerClient.download_blob", fetched)
    assert list(lake.read_jsons("manifest")) == found
    assert len(found) == 3


def test_a_serverless_pool_gets_views_of_the_tables_that_are_there(azurite: StorageAccount, tmp_path: Path) -> None:
    lake = AzureLake(azurite, "viewed", tmp_path)
    assert [statement for statement in views(lake) if "VIEW" in statement] == []
    lake.commit(("cleandata", "charts"), [], {"track_id": "VARCHAR"}, commit={})
    [view] = [statement for statement in views(lake) if "VIEW" in statement]
    assert view.startswith("CREATE OR ALTER VIEW [cleandata].[charts] AS SELECT * FROM OPENROWSET(BULK '")
    assert view.endswith(f"{azurite.endpoint}/cleandata/viewed/charts/', FORMAT = 'DELTA') AS [rows]")


def test_a_serverless_pool_reads_no_local_lake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPOTIFY_PLATFORM_HOME", str(tmp_path))
    answer = CliRunner().invoke(app, ["serverless-views"])
    assert answer.exit_code != 0
    assert "SPOTIFY_PLATFORM_LAKE=azure" in answer.output
