"""What the shell completes: names of cameras and of users, on the stack that the words typed so far choose."""


def camera_names() -> list[str]:
    """None, until they are looked up."""
    return []


def user_names() -> list[str]:
    """None, until they are looked up."""
    return []
