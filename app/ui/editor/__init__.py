"""A text that several people edit: its widget, and what binds the widget to the replica.

Knows neither the session nor the files.
"""
