-- What the popularity model may know of each track, and the popularity it is to learn.
SELECT
    track.track_id,
    track.title,
    track.primary_artist_id AS artist_id,
    artist.artist_name,
    track.popularity,
    track.popularity_as_of,
    track.duration_ms,
    track.explicit,
    track.release_date,
    track.release_date_precision,
    track.genre,
    track.subgenre,
    track.danceability,
    track.energy,
    track.key,
    track.loudness,
    track.mode,
    track.speechiness,
    track.acousticness,
    track.instrumentalness,
    track.liveness,
    track.valence,
    track.tempo,
    track.time_signature
FROM warehouse.dim_track AS track
LEFT JOIN warehouse.dim_artist AS artist ON artist.artist_id = track.primary_artist_id
WHERE track.energy IS NOT NULL
