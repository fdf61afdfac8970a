"""Working on one text together: replicas, the exchange with the server, and the socket.

Knows no Qt, no widget and no file. `text_replica` alone imports pycrdt, `transport` alone imports
websockets; between them everything is pure: time comes in as an argument, effects go out as values.
Of the server it knows `collab_server.protocol`.
"""
