"""What the windows use: objects with signals, which run on the UI thread and never block it.

They know models, replicas and sessions, and no widget. Source: DESIGN.md, layout.
"""
