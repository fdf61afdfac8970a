"""What was found in a folder, as views see it."""

from pathlib import Path

from PySide6.QtCore import QModelIndex
from pytestqt.modeltest import ModelTester

from app.model.line_matches import LineMatch
from app.qtmodels.found_tree import FILE_ROLE, LINE_ROLE, FoundTree
from app.storage.folder_search import FileMatches

ONE = FileMatches(
    Path("/p/src/one.py"),
    "src/one.py",
    (LineMatch(3, 4, 3, "one = 1", 0, 3), LineMatch(9, 0, 3, "one", 0, 3)),
    is_cut=False,
)
TWO = FileMatches(Path("/p/two.py"), "two.py", (LineMatch(1, 0, 3, "one", 0, 3),), is_cut=True)


def rows(model: FoundTree) -> list[object]:
    files = [model.index(row, 0) for row in range(model.rowCount())]
    return [
        (file.data(), [model.index(row, 0, file).data() for row in range(model.rowCount(file))])
        for file in files
    ]


def test_files_come_with_their_lines_at_the_end(qtmodeltester: ModelTester) -> None:
    model = FoundTree()
    qtmodeltester.check(model)

    model.add([ONE])
    model.add([])
    model.add([TWO])

    assert rows(model) == [
        ("src/one.py  2", ["3: one = 1", "9: one"]),
        ("two.py  1+", ["1: one"]),
    ]
    qtmodeltester.check(model)


def test_a_line_knows_its_file() -> None:
    model = FoundTree()
    model.add([TWO, ONE])
    file = model.index(1, 0)

    line = model.index(1, 0, file)

    assert line.data(FILE_ROLE) == ONE
    assert line.data(LINE_ROLE) == ONE.lines[1]
    assert file.data(FILE_ROLE) == ONE
    assert file.data(LINE_ROLE) is None
    assert line.parent() == file
    assert file.parent() == QModelIndex()


def test_nothing_is_left_when_it_is_cleared() -> None:
    model = FoundTree()
    model.add([ONE, TWO])

    model.clear()

    assert model.rowCount() == 0
    assert not model.index(0, 0).isValid()
