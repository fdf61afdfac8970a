"""What people see: windows, editors and dialogs.

Knows models and signals; no socket, and nothing is awaited here.
"""
