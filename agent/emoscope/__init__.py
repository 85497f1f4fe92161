"""`smilepost emoscope`: what the camera process would see, live on this machine.

Nothing is published, stored or sent: no event, no store, no file but the report one asks for.
"""
