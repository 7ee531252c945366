-- Genres of an artist: those that a catalogue gives to the tracks it lists the artist on.
WITH tagged AS (
    SELECT file_id, record, track_id, genre FROM candidates.track_rows WHERE genre IS NOT NULL
    UNION
    SELECT file_id, record, track_id, subgenre AS genre FROM candidates.track_rows WHERE subgenre IS NOT NULL
)
SELECT
    CONCAT('name:', artist.artist_name) AS artist_id, tagged.genre, landed.source AS provider,
    CAST(COUNT(DISTINCT tagged.track_id) AS INTEGER) AS tracks
FROM tagged
INNER JOIN candidates.files AS landed ON landed.file_id = tagged.file_id
INNER JOIN candidates.track_row_artists AS artist ON artist.file_id = tagged.file_id AND artist.record = tagged.record
GROUP BY CONCAT('name:', artist.artist_name), tagged.genre, landed.source
