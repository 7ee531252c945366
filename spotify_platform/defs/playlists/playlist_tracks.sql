-- Playlists as they stood on a day: one row per place, where the track is known.
SELECT
    snapshot_date, playlist_id, position, track_id, matched_by, popularity, added_at, file_id AS source_file_id
FROM cleandata.playlist_places
WHERE outcome = 'loaded'
