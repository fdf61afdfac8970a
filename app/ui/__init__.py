"""What people see: windows, editors and dialogs.

Knows models and signals, and no socket. Nothing is awaited but the end of a window's session.
"""
