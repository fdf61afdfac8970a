"""A canary for the bounds of PySide6: 6.12.0 on Python 3.11 lost a reference a call and aborted."""

import sys

import pytest
from PySide6.QtWidgets import QLabel


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal since Python 3.12")
def test_a_qt_call_without_a_result_takes_no_reference_from_none(qtbot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)

    for turn in range(1000):
        label.setText(str(turn))

    assert sys.getrefcount(None) > before - 500
