-- The latest list of each source in a country, side by side, by song. Of several editions on a list the best placed
-- counts, and of the sources' ids of one song Spotify's.
WITH latest AS (
    SELECT entry.region_code, entry.source, MAX(entry.snapshot_date) AS snapshot_date
    FROM warehouse.fact_top_track AS entry
    GROUP BY entry.region_code, entry.source
),
entries AS (
    SELECT
        entry.region_code, entry.source, entry.snapshot_date, entry.song_key, entry.track_id, entry.title,
        entry.artist_credit, entry.rank, entry.streams, entry.listeners, entry.lastfm_popularity, entry.duration_ms,
        ROW_NUMBER() OVER (
            PARTITION BY entry.region_code, entry.source, entry.song_key ORDER BY entry.rank NULLS LAST
        ) AS place
    FROM warehouse.fact_top_track AS entry
    INNER JOIN latest
        ON latest.region_code = entry.region_code AND latest.source = entry.source
        AND latest.snapshot_date = entry.snapshot_date
),
songs AS (
    SELECT
        COALESCE(ours.region_code, theirs.region_code) AS region_code,
        COALESCE(ours.song_key, theirs.song_key) AS song_key,
        COALESCE(ours.track_id, theirs.track_id) AS track_id,
        COALESCE(ours.title, theirs.title) AS title,
        COALESCE(ours.artist_credit, theirs.artist_credit) AS artist_credit,
        ours.snapshot_date AS spotify_date,
        ours.rank AS spotify_rank,
        theirs.snapshot_date AS lastfm_date,
        theirs.rank AS lastfm_rank,
        ours.streams,
        theirs.listeners,
        theirs.lastfm_popularity,
        COALESCE(ours.duration_ms, theirs.duration_ms) AS duration_ms
    FROM (SELECT * FROM entries WHERE entries.source = 'spotify' AND entries.place = 1) AS ours
    FULL JOIN (SELECT * FROM entries WHERE entries.source = 'lastfm' AND entries.place = 1) AS theirs
        ON theirs.region_code = ours.region_code AND theirs.song_key = ours.song_key
)
SELECT
    songs.region_code,
    songs.song_key,
    songs.track_id,
    songs.title,
    songs.artist_credit,
    songs.spotify_date,
    songs.spotify_rank,
    songs.lastfm_date,
    songs.lastfm_rank,
    songs.streams,
    songs.listeners,
    songs.lastfm_popularity,
    songs.duration_ms,
    track.popularity,
    track.popularity_category,
    track.energy_efficiency,
    track.emotional_impact,
    CAST(DATE_DIFF('day', track.release_date, COALESCE(songs.spotify_date, songs.lastfm_date)) AS INTEGER)
        AS age_days
FROM songs
LEFT JOIN warehouse.dim_track AS track ON track.track_id = songs.track_id
