"""Qt's view of the app's data: item models over frozen values.

They know no widget and no service. Source: STYLE.md (Qt).
"""
