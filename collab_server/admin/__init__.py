"""What operators and back-ends see and may do: figures, and the API of the internal listener.

Knows what there is to ask and how it is answered over HTTP; who carries it out is handed in.
"""
