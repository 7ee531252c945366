-- One row per genre: its tracks, what they sound like, and how they did on the charts. Means of features are of
-- whole millionths or thousandths, because sums of fractions depend on the order of adding.
WITH genres AS (
    SELECT
        COALESCE(track.genre, 'unknown') AS genre,
        COUNT(*) AS tracks,
        COUNT(track.popularity) AS tracks_with_popularity,
        AVG(CAST(track.popularity AS DOUBLE)) AS mean_popularity,
        AVG(CAST(track.duration_ms AS DOUBLE)) AS mean_duration_ms,
        AVG(CAST(FLOOR(track.danceability * 1000000 + 0.5e0) AS DOUBLE)) / 1000000 AS mean_danceability,
        AVG(CAST(FLOOR(track.energy * 1000000 + 0.5e0) AS DOUBLE)) / 1000000 AS mean_energy,
        AVG(CAST(FLOOR(track.valence * 1000000 + 0.5e0) AS DOUBLE)) / 1000000 AS mean_valence,
        AVG(CAST(FLOOR(track.acousticness * 1000000 + 0.5e0) AS DOUBLE)) / 1000000 AS mean_acousticness,
        AVG(CAST(FLOOR(track.tempo * 1000 + 0.5e0) AS DOUBLE)) / 1000 AS mean_tempo,
        COUNT(song.track_id) AS charted_tracks,
        CAST(SUM(CAST(song.entries AS BIGINT)) AS INTEGER) AS appearances,
        CAST(SUM(song.global_streams) AS BIGINT) AS global_streams,
        CAST(SUM(song.country_streams) AS BIGINT) AS country_streams
    FROM warehouse.dim_track AS track
    LEFT JOIN marts.unique_songs AS song ON song.track_id = track.track_id
    GROUP BY COALESCE(track.genre, 'unknown')
)
SELECT
    genres.genre,
    COALESCE(known.family, 'unknown') AS family,
    CAST(genres.tracks AS INTEGER) AS tracks,
    genres.tracks / NULLIF(CAST(CAST(SUM(genres.tracks) OVER () AS BIGINT) AS DOUBLE), 0)
        AS share_of_tracks,
    CAST(genres.tracks_with_popularity AS INTEGER) AS tracks_with_popularity,
    genres.mean_popularity,
    genres.mean_duration_ms,
    genres.mean_danceability,
    genres.mean_energy,
    genres.mean_valence,
    genres.mean_acousticness,
    genres.mean_tempo,
    CAST(genres.charted_tracks AS INTEGER) AS charted_tracks,
    COALESCE(genres.appearances, 0) AS appearances,
    genres.global_streams,
    genres.country_streams
FROM genres
LEFT JOIN warehouse.dim_genre AS known ON known.genre = genres.genre
