"""The syntax process: reads the texts of the app and says what of them has which colour.

Knows nothing of the rest of the app, nor of Qt: it is imported into a process of its own.
"""
