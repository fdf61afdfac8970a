"""The decisions of the collab server: who may, what is accepted, who hears of it.

Pure code: no sockets, no disk, no clock, no asyncio. Inputs are method calls with the time as an
argument, outputs are the effects of `effects.py`, in order. Start reading at `hub.py`.
"""
