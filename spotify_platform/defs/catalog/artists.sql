-- Every artist of a track, and whom a listener hears most, and what Spotify answers of who has an id.
WITH named AS (
    SELECT artist_id, artist_name, 1 AS tracks FROM cleandata.track_artists
    UNION ALL
    SELECT artist_id, name AS artist_name, 0 AS tracks FROM cleandata.listener_tops WHERE artist_id IS NOT NULL
),
credited AS (
    SELECT artist_id, MIN(artist_name) AS artist_name, CAST(SUM(tracks) AS INTEGER) AS tracks
    FROM named
    GROUP BY artist_id
)
SELECT
    credited.artist_id, COALESCE(profile.artist_name, credited.artist_name, credited.artist_id) AS artist_name,
    credited.tracks,
    profile.followers, profile.popularity, profile.as_of AS profile_as_of
FROM credited
LEFT JOIN cleandata.artist_profiles AS profile
    ON profile.artist_id = credited.artist_id AND profile.provider = 'spotify'
