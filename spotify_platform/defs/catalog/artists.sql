-- Every artist of a track, and what Spotify answers of who has an id.
WITH credited AS (
    SELECT artist_id, MIN(artist_name) AS artist_name, CAST(COUNT(*) AS INTEGER) AS tracks
    FROM cleandata.track_artists
    GROUP BY artist_id
)
SELECT
    credited.artist_id, COALESCE(profile.artist_name, credited.artist_name) AS artist_name, credited.tracks,
    profile.followers, profile.popularity, profile.as_of AS profile_as_of
FROM credited
LEFT JOIN cleandata.artist_profiles AS profile
    ON profile.artist_id = credited.artist_id AND profile.provider = 'spotify'
