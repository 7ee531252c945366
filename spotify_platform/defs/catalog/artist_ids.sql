-- The id of every name that just one artist of Spotify's bears. A name of several is nobody's.
WITH borne AS (
    SELECT artist_name, artist_id FROM candidates.track_row_artists WHERE artist_id IS NOT NULL
    UNION
    SELECT artist_name, artist_id FROM candidates.artist_rows WHERE artist_id IS NOT NULL AND artist_name IS NOT NULL
)
SELECT artist_name, MIN(artist_id) AS artist_id
FROM borne
GROUP BY artist_name
HAVING COUNT(*) = 1
