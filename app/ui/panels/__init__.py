"""What stands in the docks beside the editor: views of models.

They know neither services nor the window. Source: EDITOR.md (window).
"""
