"""Small widgets that any window may use.

They know neither services nor models. Source: STYLE.md (Qt).
"""
