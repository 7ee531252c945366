-- Every song that was ever on a country's list of top tracks, once, and which source has it. Days are distinct ones.
WITH songs AS (
    SELECT
        entry.song_key,
        MIN(entry.track_id) AS track_id,
        MIN(entry.title) AS title,
        MIN(entry.artist_credit) AS artist_credit,
        MIN(entry.snapshot_date) AS first_date,
        MAX(entry.snapshot_date) AS last_date,
        COUNT(DISTINCT CASE WHEN entry.source = 'spotify' THEN entry.region_code END) AS countries_on_spotify,
        COUNT(DISTINCT CASE WHEN entry.source = 'lastfm' THEN entry.region_code END) AS countries_on_lastfm,
        COUNT(DISTINCT CASE WHEN entry.source = 'spotify' THEN entry.snapshot_date END) AS days_on_spotify,
        COUNT(DISTINCT CASE WHEN entry.source = 'lastfm' THEN entry.snapshot_date END) AS days_on_lastfm,
        MIN(CASE WHEN entry.source = 'spotify' THEN entry.rank END) AS best_rank_on_spotify,
        MIN(CASE WHEN entry.source = 'lastfm' THEN entry.rank END) AS best_rank_on_lastfm,
        CAST(SUM(entry.streams) AS BIGINT) AS streams,
        MAX(entry.listeners) AS most_listeners,
        MAX(entry.lastfm_popularity) AS greatest_lastfm_popularity
    FROM warehouse.fact_top_track AS entry
    GROUP BY entry.song_key
)
SELECT
    songs.song_key,
    songs.track_id,
    COALESCE(track.title, songs.title) AS title,
    COALESCE(track.artist_credit, songs.artist_credit) AS artist_credit,
    CASE
        WHEN songs.days_on_lastfm = 0 THEN 'spotify'
        WHEN songs.days_on_spotify = 0 THEN 'lastfm'
        ELSE 'both'
    END AS found_in,
    songs.first_date,
    songs.last_date,
    CAST(songs.countries_on_spotify AS INTEGER) AS countries_on_spotify,
    CAST(songs.countries_on_lastfm AS INTEGER) AS countries_on_lastfm,
    CAST(songs.days_on_spotify AS INTEGER) AS days_on_spotify,
    CAST(songs.days_on_lastfm AS INTEGER) AS days_on_lastfm,
    songs.best_rank_on_spotify,
    songs.best_rank_on_lastfm,
    songs.streams,
    songs.most_listeners,
    songs.greatest_lastfm_popularity,
    track.popularity,
    track.popularity_category
FROM songs
LEFT JOIN warehouse.dim_track AS track ON track.track_id = songs.track_id
