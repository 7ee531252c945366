-- One row per album. What was answered of it counts; else what is said of it is taken from the track whose release is
-- known best, and the artist is who comes first on most of its tracks.
WITH members AS (
    SELECT
        track.album_id, track.album_name, track.album_type, track.album_provider, track.track_id, track.release_date,
        track.release_date_precision, artist.artist_id, artist.artist_name,
        COUNT(*) OVER (PARTITION BY track.album_id, artist.artist_id) AS tracks_of_artist
    FROM cleandata.tracks AS track
    LEFT JOIN cleandata.track_artists AS artist ON artist.track_id = track.track_id AND artist.position = 1
    WHERE track.album_id IS NOT NULL
),
placed AS (
    SELECT
        members.*,
        ROW_NUMBER() OVER (
            PARTITION BY members.album_id
            ORDER BY CASE WHEN members.album_name IS NULL THEN 1 ELSE 0 END,
                CASE members.release_date_precision WHEN 'day' THEN 0 WHEN 'month' THEN 1 WHEN 'year' THEN 2 ELSE 3 END,
                members.release_date NULLS LAST, members.album_name NULLS LAST, members.track_id NULLS LAST
        ) AS place,
        ROW_NUMBER() OVER (
            PARTITION BY members.album_id
            ORDER BY CASE WHEN members.artist_id IS NULL THEN 1 ELSE 0 END,
                members.tracks_of_artist DESC NULLS LAST, members.artist_id NULLS LAST, members.track_id NULLS LAST
        ) AS artist_place
    FROM members
),
gathered AS (
    SELECT
        placed.album_id,
        MAX(CASE WHEN placed.place = 1 THEN placed.album_name END) AS title,
        MAX(CASE WHEN placed.place = 1 THEN placed.album_type END) AS album_type,
        MAX(CASE WHEN placed.artist_place = 1 THEN placed.artist_id END) AS artist_id,
        MAX(CASE WHEN placed.artist_place = 1 THEN placed.artist_name END) AS artist_name,
        CAST(COUNT(DISTINCT placed.artist_id) AS INTEGER) AS first_artists,
        MAX(CASE WHEN placed.place = 1 THEN placed.release_date END) AS release_date,
        MAX(CASE WHEN placed.place = 1 THEN placed.release_date_precision END) AS release_date_precision,
        CAST(COUNT(*) AS INTEGER) AS tracks,
        MAX(CASE WHEN placed.place = 1 THEN placed.album_provider END) AS provider
    FROM placed
    GROUP BY placed.album_id
)
SELECT
    gathered.album_id,
    COALESCE(profile.title, gathered.title) AS title,
    COALESCE(profile.album_type, gathered.album_type) AS album_type,
    CASE WHEN profile.artist_id IS NULL THEN gathered.artist_id ELSE profile.artist_id END AS artist_id,
    CASE WHEN profile.artist_id IS NULL THEN gathered.artist_name ELSE profile.artist_name END AS artist_name,
    gathered.first_artists,
    CASE WHEN profile.release_date IS NULL THEN gathered.release_date ELSE profile.release_date END AS release_date,
    CASE WHEN profile.release_date IS NULL THEN gathered.release_date_precision ELSE profile.release_date_precision END
        AS release_date_precision,
    gathered.tracks,
    profile.total_tracks,
    profile.label,
    profile.upc,
    COALESCE(profile.provider, gathered.provider) AS provider
FROM gathered
LEFT JOIN cleandata.album_profiles AS profile ON profile.album_id = gathered.album_id
