"""`ddpg_tf/TorcsView-v0`: a car that is seen as TORCS shows it to a driver program.

TORCS, the racing game that Lau trained on in 2016, comes in no Python package. Gymnasium's
CarRacing-v3 does, and has a car with the same three controls on a track with known borders. Here it
is seen through the 29 sensors that Lau gave his networks, and rewarded as his was.

    rays.py         how far it is to the nearest border, in any direction
    track.py        the track, its borders, and a place on it
    sensors.py      the 29 numbers
    rules.py        reward, and when an episode ends
    environment.py  all of it as a Gymnasium environment; the only file that needs Box2D

Points and vectors of the plane are complex numbers, x + iy, as they turn by multiplication: 1j * v
is v turned to the left by a quarter, and w * v.conjugate(), for a unit vector v, is w as seen by
somebody who looks along v: the real part is ahead, the imaginary part to the left.
"""
