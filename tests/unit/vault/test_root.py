"""The root key: only from where the service alone can read it, and never lost by writing over it."""

import base64
import os
from pathlib import Path

import pytest

from cse_tracker.vault.errors import RootKeyProblem
from cse_tracker.vault.local import EnvironmentRootKey, FileRootKey

SECRET = bytes(range(32))
LINE = base64.b64encode(SECRET).decode()


def written(folder: Path, text: str, mode: int = 0o600) -> FileRootKey:
    path = folder / "root.key"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return FileRootKey(path)


def secret_of(root: FileRootKey | EnvironmentRootKey) -> bytes:
    return root.load().secrets[1]


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_file_that_only_the_service_may_read_gives_its_key(tmp_path: Path, mode: int) -> None:
    key = written(tmp_path, LINE + "\n", mode).load()
    assert (key.secrets, key.development) == ({1: SECRET}, False)


@pytest.mark.parametrize("others", [0o040, 0o020, 0o010, 0o004, 0o002, 0o001, 0o044, 0o066, 0o077])
def test_a_file_that_anybody_else_may_touch_is_refused(tmp_path: Path, others: int) -> None:
    with pytest.raises(RootKeyProblem, match="chmod 600"):
        written(tmp_path, LINE, 0o600 | others).load()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "not base64 at all!",
        base64.b64encode(bytes(31)).decode(),
        base64.b64encode(bytes(33)).decode(),
        base64.b64encode(bytes(16)).decode(),
        f"{LINE}\n{LINE}\n",
        f"# development key\n{LINE}\n{LINE}\n",
        "# development key\n",
        LINE[:-1],
        "é" + LINE,
    ],
)
def test_a_file_that_is_not_one_key_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RootKeyProblem) as refused:
        written(tmp_path, text).load()
    assert LINE[:10] not in str(refused.value)


def test_a_missing_file_is_refused_with_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RootKeyProblem, match="restore it from your copy"):
        FileRootKey(tmp_path / "none").load()


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RootKeyProblem):
        FileRootKey(tmp_path).load()


@pytest.mark.parametrize("development", [True, False])
def test_a_key_that_is_made_can_be_loaded_and_knows_what_it_is_for(tmp_path: Path, development: bool) -> None:  # noqa: FBT001
    file = FileRootKey(tmp_path / "keys" / "root.key")
    file.create(development=development)
    key = file.load()
    assert key.development is development
    assert [len(secret) for secret in key.secrets.values()] == [32]
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o077 == 0


def test_a_key_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        FileRootKey(tmp_path / "root.key").create(development=False)
    finally:
        os.umask(before)
    assert (tmp_path / "root.key").stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    file = FileRootKey(tmp_path / "root.key")
    file.create(development=False)
    before = secret_of(file)
    with pytest.raises(FileExistsError):
        file.create(development=False)
    assert secret_of(file) == before


def test_two_keys_that_are_made_are_two_keys(tmp_path: Path) -> None:
    files = [FileRootKey(tmp_path / str(number)) for number in range(5)]
    for file in files:
        file.create(development=False)
    assert len({secret_of(file) for file in files}) == 5


def test_the_environment_gives_a_key_in_the_same_form() -> None:
    assert secret_of(EnvironmentRootKey(LINE)) == SECRET
    assert EnvironmentRootKey(f"# development\n{LINE}").load().development
    for wrong in ("", "x", LINE[:-4], LINE + "A"):
        with pytest.raises(RootKeyProblem, match="CSE_TRACKER_ROOT_KEY"):
            EnvironmentRootKey(wrong).load()


def test_a_provider_does_not_show_its_key() -> None:
    provider = EnvironmentRootKey(LINE)
    assert LINE not in repr(provider)
    assert LINE not in repr(provider.load())
    assert repr(SECRET) not in repr(provider.load())
