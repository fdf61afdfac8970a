"""The collab server: documents, presence and rooms behind one port.

Read from `cli`. Left may import right, never back; `|` parts strangers::

    cli -> transport -> admin -> core | storage | backplane -> protocol

`protocol` is the contract with every client and is pure; `core` decides and returns effects, and
knows neither socket, clock nor disk; `transport` carries the effects out.
"""
