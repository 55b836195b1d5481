"""The picture that a simulated camera sends: made for people to like, and for programs to verify frame by frame."""

from simulator.test_picture.block_code import Reading, UnreadablePictureError, camera_code
from simulator.test_picture.picture import Picture, psnr, read, render

__all__ = ["Picture", "Reading", "UnreadablePictureError", "camera_code", "psnr", "read", "render"]
