"""CodeXPro Desktop: a code editor whose text two people share through a CRDT.

Read from `main`, the composition root, which alone knows everyone. Left may import right, never
back; `|` parts strangers::

    main -> ui -> errors -> qtmodels | services -> collab | storage -> model

Of the server, the app knows `collab_server.protocol` and nothing else: the embedded server is a
child process, reached over the wire like any other.
"""
