-- The tracks on top of each country, day by day: as Spotify counts them, and as Last.fm hears them. Of Spotify the
-- daily top 200 of a day and country is taken, else its Top 50 as a chart, else as a playlist, else the playlist that a
-- person names for the country, and of each the first fifty places. Of tracks that share a place the one with more
-- streams is taken, then the lesser id: a list has a track at each place. Last.fm's lists are taken whole; where no track
-- is known to be meant, the row has none.
WITH found AS (
    SELECT
        entry.chart_date AS snapshot_date, entry.region_code, CASE entry.chart WHEN 'top200' THEN 1 ELSE 2 END AS choice,
        entry.chart AS list, entry.rank, entry.is_tied, entry.track_id, entry.title, entry.artist_credit, entry.streams,
        entry.source_file_id
    FROM cleandata.charts AS entry
    INNER JOIN cleandata.top_track_countries AS country ON country.region_code = entry.region_code
    WHERE entry.cadence = 'daily' AND entry.chart IN ('top200', 'top50') AND entry.rank <= 50
    UNION ALL
    SELECT
        entry.snapshot_date, country.region_code, 3 AS choice,
        'playlist' AS list, entry.position AS rank, FALSE AS is_tied, entry.track_id, CAST(NULL AS VARCHAR) AS title,
        CAST(NULL AS VARCHAR) AS artist_credit, CAST(NULL AS BIGINT) AS streams, entry.source_file_id
    FROM cleandata.playlist_tracks AS entry
    INNER JOIN cleandata.top_track_countries AS country
        ON CONCAT('name:top-50/', country.region_code) = entry.playlist_id
    WHERE entry.position <= 50
    UNION ALL
    SELECT
        entry.snapshot_date, country.region_code, 4 AS choice,
        'named' AS list, entry.position AS rank, FALSE AS is_tied, entry.track_id, CAST(NULL AS VARCHAR) AS title,
        CAST(NULL AS VARCHAR) AS artist_credit, CAST(NULL AS BIGINT) AS streams, entry.source_file_id
    FROM cleandata.playlist_tracks AS entry
    INNER JOIN cleandata.top_track_countries AS country ON country.playlist_id = entry.playlist_id
    WHERE entry.position <= 50
),
placed AS (
    SELECT
        found.*,
        MIN(found.choice) OVER (PARTITION BY found.snapshot_date, found.region_code) AS first_choice,
        ROW_NUMBER() OVER (
            PARTITION BY found.snapshot_date, found.region_code, found.choice, found.rank
            ORDER BY found.streams DESC NULLS LAST, found.track_id NULLS LAST
        ) AS place
    FROM found
),
told AS (
    SELECT
        entry.snapshot_date, entry.region_code, entry.source, entry.rank, entry.title, entry.artist_credit,
        entry.listeners, entry.duration_ms, entry.track_mbid, entry.artist_mbid, entry.file_id AS source_file_id,
        ROW_NUMBER() OVER (
            PARTITION BY entry.snapshot_date, entry.region_code, entry.source, entry.rank
            ORDER BY landed.arrival NULLS LAST, entry.record NULLS LAST
        ) AS place
    FROM candidates.top_track_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
),
listed AS (
    SELECT
        snapshot_date, region_code, 'spotify' AS source, rank, list, is_tied, title, artist_credit, track_id,
        'id' AS matched_by, CAST(NULL AS DOUBLE) AS similarity, streams, CAST(NULL AS BIGINT) AS listeners,
        CAST(NULL AS DOUBLE) AS lastfm_popularity, CAST(NULL AS INTEGER) AS duration_ms,
        CAST(NULL AS VARCHAR) AS track_mbid, CAST(NULL AS VARCHAR) AS artist_mbid, source_file_id
    FROM placed
    WHERE choice = first_choice AND place = 1
    UNION ALL
    SELECT
        told.snapshot_date, told.region_code, told.source, told.rank, 'listeners' AS list, FALSE AS is_tied, told.title,
        told.artist_credit, matched.track_id, matched.matched_by,
        CASE WHEN matched.track_id IS NOT NULL THEN matched.similarity END AS similarity,
        CAST(NULL AS BIGINT) AS streams, told.listeners,
        CAST(told.listeners AS DOUBLE) * 100
            / NULLIF(MAX(told.listeners) OVER (PARTITION BY told.snapshot_date, told.source), 0) AS lastfm_popularity,
        told.duration_ms, told.track_mbid, told.artist_mbid, told.source_file_id
    FROM told
    LEFT JOIN cleandata.track_matches AS matched
        ON matched.kind = 'top_tracks' AND matched.title = told.title AND matched.artist_credit = told.artist_credit
        AND COALESCE(matched.duration_ms, 0) = COALESCE(told.duration_ms, 0)
    WHERE told.place = 1
)
SELECT
    listed.snapshot_date,
    listed.region_code,
    listed.source,
    listed.rank,
    listed.list,
    listed.is_tied,
    COALESCE(listed.title, track.title) AS title,
    COALESCE(listed.artist_credit, track.artist_credit) AS artist_credit,
    listed.track_id,
    listed.matched_by,
    listed.similarity,
    COALESCE(artist.artist_id, CONCAT('name:', COALESCE(listed.artist_credit, 'unknown'))) AS artist_id,
    COALESCE(artist.artist_name, listed.artist_credit, 'unknown') AS artist_name,
    -- Editions of one song have ids of their own, and what is not known has none.
    CASE
        WHEN written.title_key IS NULL THEN CONCAT('track:', listed.track_id)
        ELSE CONCAT(written.title_key, '/', COALESCE(artist.artist_name, listed.artist_credit, 'unknown'))
    END AS song_key,
    listed.streams,
    listed.listeners,
    listed.lastfm_popularity,
    COALESCE(listed.duration_ms, track.duration_ms) AS duration_ms,
    listed.track_mbid,
    listed.artist_mbid,
    listed.source_file_id
FROM listed
LEFT JOIN cleandata.tracks AS track ON track.track_id = listed.track_id
LEFT JOIN cleandata.track_artists AS artist ON artist.track_id = listed.track_id AND artist.position = 1
LEFT JOIN cleandata.text_keys AS written ON written.text = COALESCE(track.title, listed.title)
