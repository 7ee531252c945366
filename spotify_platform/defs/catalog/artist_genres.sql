-- Genres of an artist: those that a catalogue gives to the tracks it lists the artist on, and those that a source gives to
-- the artist. Tags of listeners count where Spotify names no genre, from a weight of 10 of 100 on, and if they are genres.
WITH tagged AS (
    SELECT file_id, record, track_id, genre FROM candidates.track_rows WHERE genre IS NOT NULL
    UNION
    SELECT file_id, record, track_id, subgenre AS genre FROM candidates.track_rows WHERE subgenre IS NOT NULL
),
listed AS (
    SELECT
        COALESCE(artist.artist_id, known.artist_id, CONCAT('name:', artist.artist_name)) AS artist_id, tagged.genre,
        landed.source, tagged.track_id
    FROM tagged
    INNER JOIN candidates.files AS landed ON landed.file_id = tagged.file_id
    INNER JOIN candidates.track_row_artists AS artist
        ON artist.file_id = tagged.file_id AND artist.record = tagged.record
    LEFT JOIN cleandata.artist_ids AS known ON known.artist_name = artist.artist_name
),
answered AS (
    SELECT profile.artist_id, told.genre, profile.provider, MAX(told.weight) AS weight
    FROM cleandata.artist_profiles AS profile
    INNER JOIN candidates.artist_row_genres AS told
        ON told.file_id = profile.source_file_id AND told.record = profile.source_record
    GROUP BY profile.artist_id, told.genre, profile.provider
),
named AS (
    SELECT
        artist_id, genre, source AS provider, CAST(COUNT(DISTINCT track_id) AS INTEGER) AS tracks,
        CAST(NULL AS SMALLINT) AS weight
    FROM listed
    GROUP BY artist_id, genre, source
    UNION ALL
    SELECT answered.artist_id, answered.genre, answered.provider, CAST(NULL AS INTEGER) AS tracks, answered.weight
    FROM answered
    WHERE answered.provider <> 'lastfm'
    UNION ALL
    SELECT tag.artist_id, tag.genre, tag.provider, CAST(NULL AS INTEGER) AS tracks, tag.weight
    FROM answered AS tag
    INNER JOIN cleandata.genres AS genre ON genre.genre = tag.genre
    WHERE tag.provider = 'lastfm' AND tag.weight >= 10 AND genre.family <> 'other' AND NOT EXISTS (
        SELECT 1 FROM answered AS official WHERE official.artist_id = tag.artist_id AND official.provider = 'spotify'
    )
)
SELECT artist_id, genre, provider, tracks, weight
FROM named
