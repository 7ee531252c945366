"""The playlists of the sample world that are followed there."""

OF_OTHERS = (
    "3qPxE1XCQ2quSYQIVnAkv8",
    "5T9BGnzyde0MNJ2ylnxAVe",
    "3dfnC2KY1XZJY1QzNCTbPW",
    "2yx5f11pZfnEHV1c8aglym",
)
"""Those that are not the listener's, whatever the size of the world: its own are told by the login."""
