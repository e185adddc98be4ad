"""Files appear whole or not at all."""

import os

import pytest

from microae.data.files import check_writable_directory, replacing, write_text


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.txt"
    for text in ("first", "ünïcode\n"):
        write_text(path, text)
        assert path.read_bytes() == text.encode()
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_the_content_is_on_the_disk_before_the_name(tmp_path, monkeypatch):
    """What a power failure would leave: the calls are watched, and made."""
    calls, fsync, replace = [], os.fsync, os.replace

    def watched_fsync(file):
        calls.append(os.readlink(f"/proc/self/fd/{file}"))
        fsync(file)

    def watched_replace(source, target):
        assert calls == [str(source)]
        calls.append("replace")
        replace(source, target)

    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("does not show which file is open")
    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    write_text(tmp_path / "a.txt", "new")
    assert calls[1:] == ["replace", str(tmp_path)]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_write_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write_half():
        with replacing(path) as temporary:
            temporary.write_text("ha")
            assert path.read_text() == "old"
            assert temporary.suffix == ".txt"
            raise error

    with pytest.raises(error):
        write_half()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(os.name == "nt", reason="has other permissions")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_a_replaced_file_keeps_its_permissions(tmp_path, mode):
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(mode)
    write_text(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == mode


def test_a_link_goes_on_leading_to_the_file(tmp_path):
    file, link = tmp_path / "a.txt", tmp_path / "b.txt"
    file.write_text("old")
    link.symlink_to(file)
    write_text(link, "new")
    assert link.is_symlink()
    assert file.read_text() == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "b.txt"]


def test_text_that_utf_8_cannot_say(tmp_path):
    write_text(tmp_path / "a.txt", "half\udc80 of a pair")
    assert (tmp_path / "a.txt").read_text() == "half? of a pair"


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileNotFoundError, match=r"the directory .* does not exist"):
        write_text(tmp_path / "no" / "a.txt", "")
    with pytest.raises(IsADirectoryError, match="is a directory"):
        write_text(tmp_path, "")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(NotADirectoryError, match="file is a file, not a directory"):
            check_writable_directory(place)


def test_checking_a_directory_makes_nothing(tmp_path, monkeypatch):
    check_writable_directory(tmp_path / "a" / "b")
    monkeypatch.chdir(tmp_path)
    check_writable_directory("a")
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError, match="no permission to write"):
        check_writable_directory("a")


def test_text_with_the_name_of_a_file_that_is_no_text(tmp_path):
    """A lone surrogate is how Python holds a byte of a file's name that is not UTF-8."""
    write_text(tmp_path / "a.md", "the file x\udcff.npy\n")
    assert (tmp_path / "a.md").read_text(encoding="utf-8") == "the file x?.npy\n"
