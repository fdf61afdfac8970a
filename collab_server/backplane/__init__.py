"""What comes in from outside by a broker: messages of the products' back-ends over Redis.

Knows Redis and what back-ends write there; what a message does is somebody else's.
"""
