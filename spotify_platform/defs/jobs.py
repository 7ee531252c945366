"""Jobs: the whole graph, and the months that landed files touch."""

import dagster as dg

INBOX = dg.AssetSelection.assets(
    *(["raw", kind] for kind in ("charts", "catalog", "playlists", "artists", "albums", "plays"))
)
KAGGLE = dg.AssetSelection.assets(["raw", "kaggle_charts"])
CLEAN_UP = dg.AssetSelection.assets(["operations", "clean_up"])
LOOK_UPS = dg.AssetSelection.assets(
    *(["raw", name] for name in ("spotify_catalog", "audio_features", "artist_genres", "artist_tags"))
)
TOP_TRACKS = dg.AssetSelection.assets(["raw", "top_tracks"])
LISTENING = dg.AssetSelection.assets(["raw", "recent_plays"], ["raw", "listener_tops"])
PLAYLISTS = dg.AssetSelection.assets(["raw", "playlist_snapshots"])
NOT_BUILT = INBOX | KAGGLE | LOOK_UPS | TOP_TRACKS | PLAYLISTS | LISTENING | CLEAN_UP
"""What brings data in or takes it away, and is never part of building it."""
MONTHLY = dg.AssetSelection.tag("partitions", "monthly")

land_inbox_job = dg.define_asset_job("land_inbox_job", INBOX, description="Land what waits in the inbox.")
land_kaggle_charts = dg.define_asset_job(
    "land_kaggle_charts", KAGGLE, description="Land Kaggle's charts: the pinned version, or the newest."
)
land_top_tracks = dg.define_asset_job(
    "land_top_tracks", TOP_TRACKS, description="Ask Last.fm for the top tracks of each country, and land its lists."
)
land_listening = dg.define_asset_job(
    "land_listening",
    LISTENING,
    description="Ask Spotify what the listener played recently and hears most, and land what is new.",
)
land_playlists = dg.define_asset_job(
    "land_playlists",
    PLAYLISTS,
    description="Ask Spotify for the named playlists and the listener's own, and land them.",
)
ask_job = dg.define_asset_job(
    "ask",
    LOOK_UPS | TOP_TRACKS | LISTENING,
    description="Ask all sources but those of whole files and of playlists, by which others are asked.",
)
look_up_job = dg.define_asset_job(
    "look_up", LOOK_UPS, description="Look up at sources that answer calls what charts leave open."
)
everything = dg.define_asset_job(
    "everything",
    dg.AssetSelection.all() - NOT_BUILT,
    description="Build everything from what has landed; the tags of a partition range say which months.",
)
charts_by_month = dg.define_asset_job(
    "charts_by_month",
    MONTHLY,
    description="Build the months that landed files touch; what has no partitions follows by automation.",
)
clean_up_job = dg.define_asset_job("clean_up", CLEAN_UP, description="Remove what nobody needs any more.")
