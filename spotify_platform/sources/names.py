"""What the sources that answer calls are called: by people, in messages, and in what is remembered of them."""

SPOTIFY = "Spotify"
LASTFM = "Last.fm"
RECCOBEATS = "ReccoBeats"
MUSICBRAINZ = "MusicBrainz"
LISTENBRAINZ = "ListenBrainz"
