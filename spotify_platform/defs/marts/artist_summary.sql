-- One row per artist: the songs that are known, what these are like, and how they did on the charts.
WITH credits AS (
    SELECT DISTINCT bridge.track_id, bridge.artist_id
    FROM warehouse.bridge_track_artist AS bridge
),
songs AS (
    SELECT
        credits.artist_id,
        COUNT(*) AS tracks,
        COUNT(track.popularity) AS tracks_with_popularity,
        AVG(CAST(track.popularity AS DOUBLE)) AS mean_popularity,
        MAX(track.popularity) AS greatest_popularity,
        AVG(CAST(track.duration_ms AS DOUBLE)) AS mean_duration_ms,
        MIN(track.release_date) AS first_release_date,
        MAX(track.release_date) AS last_release_date,
        COUNT(song.track_id) AS charted_tracks,
        CAST(SUM(song.entries) AS INTEGER) AS appearances,
        MIN(song.peak_rank) AS peak_rank,
        MIN(song.first_date) AS first_date,
        MAX(song.last_date) AS last_date,
        CAST(SUM(song.global_streams) AS BIGINT) AS global_streams,
        CAST(SUM(song.country_streams) AS BIGINT) AS country_streams
    FROM credits
    INNER JOIN warehouse.dim_track AS track ON track.track_id = credits.track_id
    LEFT JOIN marts.unique_songs AS song ON song.track_id = credits.track_id
    GROUP BY credits.artist_id
),
months AS (
    SELECT performance.artist_id, COUNT(DISTINCT performance.month_start) AS months
    FROM marts.artist_performance AS performance
    GROUP BY performance.artist_id
)
SELECT
    songs.artist_id,
    artist.artist_name,
    CAST(ROW_NUMBER() OVER (
        ORDER BY songs.tracks DESC NULLS LAST, songs.appearances DESC NULLS LAST, songs.artist_id NULLS LAST
    ) AS INTEGER) AS position,
    CAST(songs.tracks AS INTEGER) AS tracks,
    CAST(songs.tracks_with_popularity AS INTEGER) AS tracks_with_popularity,
    songs.mean_popularity,
    songs.greatest_popularity,
    songs.mean_duration_ms,
    songs.first_release_date,
    songs.last_release_date,
    CAST(songs.charted_tracks AS INTEGER) AS charted_tracks,
    COALESCE(songs.appearances, 0) AS appearances,
    CAST(COALESCE(months.months, 0) AS INTEGER) AS months_on_charts,
    songs.peak_rank,
    songs.first_date,
    songs.last_date,
    songs.global_streams,
    songs.country_streams
FROM songs
INNER JOIN warehouse.dim_artist AS artist ON artist.artist_id = songs.artist_id
LEFT JOIN months ON months.artist_id = songs.artist_id
