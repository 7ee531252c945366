-- Of how many tracks the catalogues tell what, and which of them does. Each track counts once for each of these, where
-- nobody tells it under 'none': so the parts add up to all tracks.
WITH details AS (
    SELECT 'album' AS detail
    UNION ALL
    SELECT 'audio features' AS detail
    UNION ALL
    SELECT 'genre' AS detail
    UNION ALL
    SELECT 'popularity' AS detail
    UNION ALL
    SELECT 'release date' AS detail
),
told AS (
    SELECT
        details.detail,
        COALESCE(
            CASE details.detail
                WHEN 'album' THEN track.album_provider
                WHEN 'audio features' THEN track.features_provider
                WHEN 'genre' THEN track.genre_provider
                WHEN 'popularity' THEN track.popularity_provider
                ELSE track.release_provider
            END,
            'none'
        ) AS provider,
        song.track_id AS charted_track_id
    FROM warehouse.dim_track AS track
    CROSS JOIN details
    LEFT JOIN marts.unique_songs AS song ON song.track_id = track.track_id
),
counts AS (
    SELECT told.detail, told.provider, COUNT(*) AS tracks, COUNT(told.charted_track_id) AS charted_tracks
    FROM told
    GROUP BY told.detail, told.provider
)
SELECT
    counts.detail,
    counts.provider,
    CAST(counts.tracks AS INTEGER) AS tracks,
    counts.tracks / NULLIF(CAST(CAST(SUM(counts.tracks) OVER (PARTITION BY counts.detail) AS BIGINT) AS DOUBLE), 0)
        AS share_of_tracks,
    CAST(counts.charted_tracks AS INTEGER) AS charted_tracks,
    counts.charted_tracks
        / NULLIF(CAST(CAST(SUM(counts.charted_tracks) OVER (PARTITION BY counts.detail) AS BIGINT) AS DOUBLE), 0)
        AS share_of_charted_tracks
FROM counts
