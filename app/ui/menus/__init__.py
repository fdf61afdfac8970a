"""The rows of the table of commands, a module a menu; `app.ui.actions` puts them together."""
