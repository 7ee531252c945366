-- Genres of an artist: those that a catalogue gives to the tracks it lists the artist on, and those of the first source of
-- artists that names one: Spotify, else MusicBrainz, else Last.fm. What is weighed counts from a weight of 10 of 100 on; a
-- tag of listeners that is not weighed, or is no genre, does not.
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
    SELECT profile.artist_id, told.genre, profile.provider, landed.precedence, MAX(told.weight) AS weight
    FROM cleandata.artist_profiles AS profile
    INNER JOIN candidates.files AS landed ON landed.file_id = profile.source_file_id
    INNER JOIN candidates.artist_row_genres AS told
        ON told.file_id = profile.source_file_id AND told.record = profile.source_record
    GROUP BY profile.artist_id, told.genre, profile.provider, landed.precedence
),
counted AS (
    SELECT
        answered.artist_id, answered.genre, answered.provider, answered.weight, answered.precedence,
        MIN(answered.precedence) OVER (PARTITION BY answered.artist_id) AS first_precedence
    FROM answered
    LEFT JOIN cleandata.genres AS genre ON genre.genre = answered.genre
    WHERE (answered.weight >= 10 OR (answered.weight IS NULL AND answered.provider <> 'lastfm'))
        AND (answered.provider <> 'lastfm' OR genre.family <> 'other')
),
named AS (
    SELECT
        artist_id, genre, source AS provider, CAST(COUNT(DISTINCT track_id) AS INTEGER) AS tracks,
        CAST(NULL AS SMALLINT) AS weight
    FROM listed
    GROUP BY artist_id, genre, source
    UNION ALL
    SELECT counted.artist_id, counted.genre, counted.provider, CAST(NULL AS INTEGER) AS tracks, counted.weight
    FROM counted
    WHERE counted.precedence = counted.first_precedence
)
SELECT artist_id, genre, provider, tracks, weight
FROM named
