-- One row per track: what catalogues know of it, else what the charts call it.
-- Values that belong together come from one row of one source; scales of two sources are never blended.
WITH named AS (
    SELECT file_id, track_id, title, artist_credit, CAST(NULL AS INTEGER) AS duration_ms, 1 AS distance
    FROM candidates.chart_labels
    WHERE track_id IS NOT NULL
    UNION ALL
    SELECT file_id, track_id, title, artist_credit, CAST(NULL AS INTEGER) AS duration_ms, 2 AS distance
    FROM candidates.play_tracks
    UNION ALL
    SELECT DISTINCT file_id, track_id, title, artist_credit, duration_ms, 2 AS distance
    FROM candidates.playlist_rows
    WHERE track_id IS NOT NULL
    UNION ALL
    SELECT DISTINCT
        file_id, item_id AS track_id, name AS title, artist_credit, CAST(NULL AS INTEGER) AS duration_ms, 2 AS distance
    FROM candidates.top_item_rows
    WHERE item_type = 'track'
),
told AS (
    SELECT
        entry.track_id, 0 AS distance, landed.source, landed.precedence, entry.as_of, entry.file_id, entry.record,
        entry.title, entry.artist_credit, entry.isrc, entry.album_id, entry.album_name, entry.album_type,
        entry.duration_ms, entry.explicit, entry.release_date, entry.release_date_precision, entry.genre, entry.subgenre,
        entry.danceability, entry.energy, entry.key, entry.loudness, entry.mode, entry.speechiness,
        entry.acousticness, entry.instrumentalness, entry.liveness, entry.valence, entry.tempo, entry.time_signature
    FROM candidates.track_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
    UNION ALL
    SELECT
        named.track_id, named.distance, landed.source, landed.precedence, CAST(NULL AS DATE) AS as_of,
        CAST(NULL AS VARCHAR) AS file_id, CAST(NULL AS BIGINT) AS record,
        named.title, named.artist_credit, CAST(NULL AS VARCHAR) AS isrc, CAST(NULL AS VARCHAR) AS album_id,
        CAST(NULL AS VARCHAR) AS album_name, CAST(NULL AS VARCHAR) AS album_type,
        named.duration_ms, CAST(NULL AS BOOLEAN) AS explicit,
        CAST(NULL AS DATE) AS release_date, CAST(NULL AS VARCHAR) AS release_date_precision,
        CAST(NULL AS VARCHAR) AS genre, CAST(NULL AS VARCHAR) AS subgenre, CAST(NULL AS DOUBLE) AS danceability,
        CAST(NULL AS DOUBLE) AS energy, CAST(NULL AS SMALLINT) AS key, CAST(NULL AS DOUBLE) AS loudness,
        CAST(NULL AS SMALLINT) AS mode, CAST(NULL AS DOUBLE) AS speechiness, CAST(NULL AS DOUBLE) AS acousticness,
        CAST(NULL AS DOUBLE) AS instrumentalness, CAST(NULL AS DOUBLE) AS liveness, CAST(NULL AS DOUBLE) AS valence,
        CAST(NULL AS DOUBLE) AS tempo, CAST(NULL AS SMALLINT) AS time_signature
    FROM named
    INNER JOIN candidates.files AS landed ON landed.file_id = named.file_id
),
-- The best row there is is the first: of a catalogue rather than a chart, of a chart rather than a playlist or
-- what a listener hears, of the best source, of the latest day.
placed AS (
    SELECT
        told.*,
        ROW_NUMBER() OVER (
            PARTITION BY told.track_id
            ORDER BY told.distance NULLS LAST, told.precedence NULLS LAST, told.as_of DESC NULLS LAST,
                told.genre NULLS LAST, told.subgenre NULLS LAST, told.title NULLS LAST, told.artist_credit NULLS LAST,
                told.file_id NULLS LAST, told.record NULLS LAST
        ) AS place
    FROM told
),
-- From which row each value comes: from the first that has it.
firsts AS (
    SELECT
        placed.*,
        MIN(CASE WHEN placed.title IS NOT NULL THEN placed.place END) OVER (PARTITION BY placed.track_id) AS titled,
        MIN(CASE WHEN placed.artist_credit IS NOT NULL THEN placed.place END) OVER (PARTITION BY placed.track_id)
            AS credited,
        MIN(CASE WHEN placed.isrc IS NOT NULL THEN placed.place END) OVER (PARTITION BY placed.track_id) AS coded,
        MIN(CASE WHEN placed.duration_ms IS NOT NULL THEN placed.place END) OVER (PARTITION BY placed.track_id)
            AS timed,
        MIN(CASE WHEN placed.explicit IS NOT NULL THEN placed.place END) OVER (PARTITION BY placed.track_id) AS marked,
        MIN(CASE WHEN placed.genre IS NOT NULL THEN placed.place END) OVER (PARTITION BY placed.track_id) AS filed,
        MIN(CASE WHEN placed.energy IS NOT NULL THEN placed.place END) OVER (PARTITION BY placed.track_id) AS measured,
        FIRST_VALUE(placed.release_date) OVER (
            PARTITION BY placed.track_id
            ORDER BY CASE WHEN placed.release_date IS NULL THEN 1 ELSE 0 END, placed.place NULLS LAST
        ) AS best_date,
        FIRST_VALUE(placed.release_date_precision) OVER (
            PARTITION BY placed.track_id
            ORDER BY CASE WHEN placed.release_date IS NULL THEN 1 ELSE 0 END, placed.place NULLS LAST
        ) AS best_precision
    FROM placed
),
-- A release date of the best source that has one may be less precise than another's: of those that lie within its year
-- or month the most precise is taken. One that contradicts it is not.
dates AS (
    SELECT
        firsts.*,
        CASE
            WHEN firsts.release_date = firsts.best_date
                OR (firsts.best_precision = 'month' AND YEAR(firsts.release_date) = YEAR(firsts.best_date)
                    AND MONTH(firsts.release_date) = MONTH(firsts.best_date))
                OR (firsts.best_precision = 'year' AND YEAR(firsts.release_date) = YEAR(firsts.best_date))
            THEN firsts.place + CASE firsts.release_date_precision WHEN 'day' THEN 0 WHEN 'month' THEN 1000000000
                ELSE 2000000000 END
        END AS date_place
    FROM firsts
),
-- The album is that of the release date, else the first that is named.
releases AS (
    SELECT
        dates.*,
        MIN(dates.date_place) OVER (PARTITION BY dates.track_id) AS released,
        COALESCE(dates.date_place, dates.place + CAST(3000000000 AS BIGINT)) AS album_place,
        MIN(CASE WHEN dates.album_id IS NOT NULL OR dates.album_name IS NOT NULL
            THEN COALESCE(dates.date_place, dates.place + CAST(3000000000 AS BIGINT)) END)
            OVER (PARTITION BY dates.track_id) AS housed
    FROM dates
),
chosen AS (
    SELECT
        releases.track_id,
        MAX(CASE WHEN releases.place = releases.titled THEN releases.title END) AS title,
        MAX(CASE WHEN releases.place = releases.credited THEN releases.artist_credit END) AS artist_credit,
        MAX(CASE WHEN releases.place = releases.coded THEN releases.isrc END) AS isrc,
        MAX(CASE WHEN releases.album_place = releases.housed THEN releases.album_id END) AS spotify_album_id,
        MAX(CASE WHEN releases.album_place = releases.housed THEN releases.album_name END) AS album_name,
        MAX(CASE WHEN releases.album_place = releases.housed THEN releases.album_type END) AS album_type,
        MAX(CASE WHEN releases.album_place = releases.housed THEN releases.source END) AS album_provider,
        MAX(CASE WHEN releases.date_place = releases.released THEN releases.release_date END) AS release_date,
        MAX(CASE WHEN releases.date_place = releases.released THEN releases.release_date_precision END) AS release_date_precision,
        MAX(CASE WHEN releases.date_place = releases.released THEN releases.source END) AS release_provider,
        MAX(CASE WHEN releases.place = releases.timed THEN releases.duration_ms END) AS duration_ms,
        MAX(CASE WHEN releases.place = releases.marked THEN releases.explicit END) AS explicit,
        MAX(CASE WHEN releases.place = releases.filed THEN releases.genre END) AS genre,
        MAX(CASE WHEN releases.place = releases.filed THEN releases.subgenre END) AS subgenre,
        MAX(CASE WHEN releases.place = releases.filed THEN releases.source END) AS genre_provider,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.danceability END) AS danceability,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.energy END) AS energy,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.key END) AS key,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.loudness END) AS loudness,
        MAX(CASE WHEN releases.place = releases.measured THEN CAST(FLOOR(releases.loudness * 1000 + 0.5e0) AS BIGINT) END) AS loudness_k,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.mode END) AS mode,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.speechiness END) AS speechiness,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.acousticness END) AS acousticness,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.instrumentalness END) AS instrumentalness,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.liveness END) AS liveness,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.valence END) AS valence,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.tempo END) AS tempo,
        MAX(CASE WHEN releases.place = releases.measured THEN CAST(FLOOR(releases.tempo * 1000 + 0.5e0) AS BIGINT) END) AS tempo_k,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.time_signature END) AS time_signature,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.source END) AS features_provider,
        MAX(CASE WHEN releases.place = releases.measured THEN releases.as_of END) AS features_version,
        MAX(CASE WHEN releases.place = 1 THEN releases.file_id END) AS source_file_id,
        MAX(CASE WHEN releases.place = 1 THEN releases.record END) AS source_record
    FROM releases
    GROUP BY releases.track_id
),
popularities AS (
    SELECT
        measured.track_id, measured.as_of, measured.popularity, measured.source,
        ROW_NUMBER() OVER (
            PARTITION BY measured.track_id
            ORDER BY measured.as_of DESC NULLS LAST, landed.precedence NULLS LAST, measured.source NULLS LAST
        ) AS place
    FROM cleandata.track_popularity AS measured
    INNER JOIN candidates.files AS landed ON landed.file_id = measured.source_file_id
),
-- Loudness and tempo are comparable within a source only. They are summed as whole thousandths: sums of fractions depend
-- on the order of adding, and so on the engine, the threads and the order of arrival. Where no source gives an album's
-- id but one album of that name by that artist has one, it is that album.
compared AS (
    SELECT
        chosen.*,
        artist.artist_id, artist.artist_name, title.title_key, latest.popularity, latest.as_of AS popularity_as_of,
        latest.source AS popularity_provider,
        MIN(chosen.spotify_album_id) OVER (PARTITION BY chosen.album_name, artist.artist_id) AS least_album_id,
        MAX(chosen.spotify_album_id) OVER (PARTITION BY chosen.album_name, artist.artist_id) AS most_album_id,
        CAST(COUNT(chosen.loudness_k) OVER (PARTITION BY chosen.features_provider) AS DOUBLE) AS loudness_n,
        CAST(CAST(SUM(chosen.loudness_k) OVER (PARTITION BY chosen.features_provider) AS BIGINT) AS DOUBLE)
            AS loudness_sum,
        CAST(CAST(SUM(chosen.loudness_k * chosen.loudness_k) OVER (PARTITION BY chosen.features_provider) AS BIGINT)
            AS DOUBLE) AS loudness_squares,
        MIN(chosen.loudness) OVER (PARTITION BY chosen.features_provider) AS loudness_least,
        MAX(chosen.loudness) OVER (PARTITION BY chosen.features_provider) AS loudness_most,
        CAST(COUNT(chosen.tempo_k) OVER (PARTITION BY chosen.features_provider) AS DOUBLE) AS tempo_n,
        CAST(CAST(SUM(chosen.tempo_k) OVER (PARTITION BY chosen.features_provider) AS BIGINT) AS DOUBLE) AS tempo_sum,
        CAST(CAST(SUM(chosen.tempo_k * chosen.tempo_k) OVER (PARTITION BY chosen.features_provider) AS BIGINT)
            AS DOUBLE) AS tempo_squares,
        MIN(chosen.tempo) OVER (PARTITION BY chosen.features_provider) AS tempo_least,
        MAX(chosen.tempo) OVER (PARTITION BY chosen.features_provider) AS tempo_most
    FROM chosen
    LEFT JOIN cleandata.track_artists AS artist ON artist.track_id = chosen.track_id AND artist.position = 1
    LEFT JOIN cleandata.text_keys AS title ON title.text = chosen.title
    LEFT JOIN popularities AS latest ON latest.track_id = chosen.track_id AND latest.place = 1
),
scaled AS (
    SELECT
        compared.*,
        (loudness - loudness_sum / NULLIF(loudness_n, 0) / 1000e0) / NULLIF(
            SQRT(GREATEST(loudness_squares * loudness_n - loudness_sum * loudness_sum, 0e0))
                / NULLIF(loudness_n, 0) / 1000e0, 0
        ) AS loudness_z,
        (loudness - loudness_least) / NULLIF(loudness_most - loudness_least, 0) AS loudness_norm,
        (tempo - tempo_sum / NULLIF(tempo_n, 0) / 1000e0) / NULLIF(
            SQRT(GREATEST(tempo_squares * tempo_n - tempo_sum * tempo_sum, 0e0)) / NULLIF(tempo_n, 0) / 1000e0, 0
        ) AS tempo_z,
        (tempo - tempo_least) / NULLIF(tempo_most - tempo_least, 0) AS tempo_norm
    FROM compared
)
SELECT
    track_id,
    title,
    artist_credit,
    isrc,
    CASE
        WHEN isrc IS NOT NULL THEN CONCAT('isrc:', isrc)
        WHEN title_key IS NULL OR artist_id IS NULL THEN CONCAT('track:', track_id)
        ELSE CONCAT(
            'name:', title_key, '/', artist_name, '/',
            COALESCE(CAST(CAST(FLOOR(CAST(duration_ms AS DOUBLE) / 5000) AS INTEGER) AS VARCHAR), '')
        )
    END AS recording_key,
    CASE
        WHEN spotify_album_id IS NOT NULL THEN spotify_album_id
        WHEN album_name IS NULL THEN NULL
        WHEN artist_id IS NOT NULL AND least_album_id = most_album_id THEN least_album_id
        ELSE CONCAT('name:', album_name, '/', artist_name)
    END AS album_id,
    album_name,
    album_type,
    album_provider,
    release_date,
    release_date_precision,
    release_provider,
    duration_ms,
    explicit,
    genre,
    subgenre,
    genre_provider,
    popularity,
    popularity_as_of,
    popularity_provider,
    CASE WHEN popularity <= 33 THEN 'Low' WHEN popularity <= 66 THEN 'Medium' WHEN popularity <= 100 THEN 'High' END
        AS popularity_category,
    CAST(DATE_DIFF('day', release_date, popularity_as_of) AS INTEGER) AS track_age_days,
    danceability,
    energy,
    key,
    loudness,
    mode,
    speechiness,
    acousticness,
    instrumentalness,
    liveness,
    valence,
    tempo,
    time_signature,
    features_provider,
    features_version,
    loudness_z,
    loudness_norm,
    tempo_z,
    tempo_norm,
    energy * tempo AS energy_tempo,
    energy * danceability / NULLIF(loudness_norm + 1, 0) AS energy_efficiency,
    valence * energy * liveness AS emotional_impact,
    source_file_id,
    source_record
FROM scaled
