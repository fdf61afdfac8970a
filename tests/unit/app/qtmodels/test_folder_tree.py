"""A folder as a tree, checked by Qt's own tester."""

from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from app.qtmodels.folder_tree import COLORS_ROLE, IS_DIM_ROLE, PATH_ROLE, FolderTree


@pytest.fixture
def tree(qtbot: QtBot, tmp_path: Path) -> FolderTree:
    for name in ("src/main.py", "src/deep/x.py", "readme.md", ".hidden"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return FolderTree(tmp_path)


def names(tree: FolderTree, parent: QModelIndex | None = None) -> list[str]:
    above = parent or QModelIndex()
    return [tree.index(row, 0, above).data() for row in range(tree.rowCount(above))]


def test_qt_finds_nothing_wrong_with_it(tree: FolderTree, qtmodeltester: ModelTester) -> None:
    tree.fetchMore(QModelIndex())
    tree.fetchMore(tree.index(0, 0))

    qtmodeltester.check(tree)


def test_a_folder_is_read_when_it_is_looked_into(tree: FolderTree) -> None:
    assert names(tree) == []
    assert tree.canFetchMore(QModelIndex())

    tree.fetchMore(QModelIndex())

    assert names(tree) == ["src", ".hidden", "readme.md"]
    assert tree.hasChildren(tree.index(0, 0))
    assert names(tree, tree.index(0, 0)) == []
    assert not tree.canFetchMore(QModelIndex())
    assert tree.read_folders == {tree.root}


def test_hidden_files_are_dim(tree: FolderTree) -> None:
    tree.fetchMore(QModelIndex())

    assert [tree.index(row, 0).data(IS_DIM_ROLE) for row in range(3)] == [False, True, False]


def test_a_change_inserts_and_removes_rows_and_nothing_else(
    tree: FolderTree, qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    tree.fetchMore(QModelIndex())
    tree.fetchMore(tree.index(0, 0))
    kept = tree.index(0, 0)
    (tree.root / "new.py").write_text("")
    (tree.root / "readme.md").unlink()

    with qtbot.assertNotEmitted(tree.modelReset):
        tree.refresh(tree.root)

    assert names(tree) == ["src", ".hidden", "new.py"]
    assert names(tree, tree.index(0, 0)) == ["deep", "main.py"]
    assert tree.index(0, 0) == kept
    qtmodeltester.check(tree)


def test_a_folder_that_became_a_file_is_one(tree: FolderTree) -> None:
    tree.fetchMore(QModelIndex())
    for path in ("src/main.py", "src/deep/x.py"):
        (tree.root / path).unlink()
    (tree.root / "src" / "deep").rmdir()
    (tree.root / "src").rmdir()
    (tree.root / "src").write_text("")

    tree.refresh(tree.root)

    assert names(tree) == [".hidden", "readme.md", "src"]
    assert not tree.hasChildren(tree.index(2, 0))


def test_a_folder_nobody_looked_into_is_not_read_again(tree: FolderTree) -> None:
    tree.refresh(tree.root)

    assert names(tree) == []


def test_a_file_is_found_deep_below(tree: FolderTree) -> None:
    index = tree.index_of(tree.root / "src" / "deep" / "x.py")

    assert index.data(PATH_ROLE) == tree.root / "src" / "deep" / "x.py"
    assert index.parent().data(Qt.ItemDataRole.DisplayRole) == "deep"
    assert not tree.index_of(tree.root / "none").isValid()
    assert not tree.index_of(Path("/elsewhere")).isValid()


def test_who_is_in_a_file_is_shown_there(tree: FolderTree, qtbot: QtBot) -> None:
    tree.fetchMore(QModelIndex())

    with qtbot.waitSignal(tree.dataChanged):
        tree.show_people({tree.root / "readme.md": ("#b34a00",)})

    assert tree.index(2, 0).data(COLORS_ROLE) == ("#b34a00",)
    tree.show_people({})
    assert tree.index(2, 0).data(COLORS_ROLE) == ()


def test_a_folder_that_has_gone_is_empty(tree: FolderTree, tmp_path: Path) -> None:
    gone = FolderTree(tmp_path / "gone")

    gone.fetchMore(QModelIndex())

    assert gone.rowCount() == 0
