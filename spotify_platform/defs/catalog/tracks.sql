-- One row per track: what catalogues know of it, else what the charts call it.
-- Values that belong together come from one row of one source; scales of two sources are never blended.
WITH told AS (
    SELECT
        entry.track_id, 0 AS is_chart, landed.source, landed.precedence, entry.as_of, entry.file_id, entry.record,
        entry.title, entry.artist_credit, entry.isrc, entry.album_id, entry.album_name, entry.duration_ms,
        entry.explicit, entry.release_date, entry.release_date_precision, entry.genre, entry.subgenre,
        entry.danceability, entry.energy, entry.key, entry.loudness, entry.mode, entry.speechiness,
        entry.acousticness, entry.instrumentalness, entry.liveness, entry.valence, entry.tempo, entry.time_signature
    FROM candidates.track_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
    UNION ALL
    SELECT
        label.track_id, 1 AS is_chart, landed.source, landed.precedence, CAST(NULL AS DATE) AS as_of,
        CAST(NULL AS VARCHAR) AS file_id, CAST(NULL AS BIGINT) AS record,
        label.title, label.artist_credit, CAST(NULL AS VARCHAR) AS isrc, CAST(NULL AS VARCHAR) AS album_id,
        CAST(NULL AS VARCHAR) AS album_name, CAST(NULL AS INTEGER) AS duration_ms, CAST(NULL AS BOOLEAN) AS explicit,
        CAST(NULL AS DATE) AS release_date, CAST(NULL AS VARCHAR) AS release_date_precision,
        CAST(NULL AS VARCHAR) AS genre, CAST(NULL AS VARCHAR) AS subgenre, CAST(NULL AS DOUBLE) AS danceability,
        CAST(NULL AS DOUBLE) AS energy, CAST(NULL AS SMALLINT) AS key, CAST(NULL AS DOUBLE) AS loudness,
        CAST(NULL AS SMALLINT) AS mode, CAST(NULL AS DOUBLE) AS speechiness, CAST(NULL AS DOUBLE) AS acousticness,
        CAST(NULL AS DOUBLE) AS instrumentalness, CAST(NULL AS DOUBLE) AS liveness, CAST(NULL AS DOUBLE) AS valence,
        CAST(NULL AS DOUBLE) AS tempo, CAST(NULL AS SMALLINT) AS time_signature
    FROM candidates.chart_labels AS label
    INNER JOIN candidates.files AS landed ON landed.file_id = label.file_id
    WHERE label.track_id IS NOT NULL
),
-- The best row there is is the first: of a catalogue rather than a chart, of the best source, of the latest day.
placed AS (
    SELECT
        told.*,
        ROW_NUMBER() OVER (
            PARTITION BY told.track_id
            ORDER BY told.is_chart NULLS LAST, told.precedence NULLS LAST, told.as_of DESC NULLS LAST,
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
        MIN(CASE WHEN placed.release_date IS NOT NULL THEN placed.place END) OVER (PARTITION BY placed.track_id)
            AS dated
    FROM placed
),
-- A release date of the best source that has one may be less precise than another's: of those that lie within its year
-- or month the most precise is taken. One that contradicts it is not.
bounds AS (
    SELECT
        firsts.*,
        MAX(CASE WHEN firsts.place = firsts.dated THEN firsts.release_date END) OVER (PARTITION BY firsts.track_id)
            AS best_date,
        MAX(CASE WHEN firsts.place = firsts.dated THEN firsts.release_date_precision END)
            OVER (PARTITION BY firsts.track_id) AS best_precision
    FROM firsts
),
dates AS (
    SELECT
        bounds.*,
        CASE
            WHEN bounds.release_date = bounds.best_date
                OR (bounds.best_precision = 'month' AND YEAR(bounds.release_date) = YEAR(bounds.best_date)
                    AND MONTH(bounds.release_date) = MONTH(bounds.best_date))
                OR (bounds.best_precision = 'year' AND YEAR(bounds.release_date) = YEAR(bounds.best_date))
            THEN bounds.place + CASE bounds.release_date_precision WHEN 'day' THEN 0 WHEN 'month' THEN 1000000000
                ELSE 2000000000 END
        END AS date_place
    FROM bounds
),
releases AS (
    SELECT dates.*, MIN(dates.date_place) OVER (PARTITION BY dates.track_id) AS released FROM dates
),
-- The album is that of the release date, else the first that is named.
albums AS (
    SELECT
        releases.*,
        MIN(CASE WHEN releases.album_id IS NULL AND releases.album_name IS NULL THEN NULL
            WHEN releases.date_place = releases.released THEN 0 ELSE releases.place END)
            OVER (PARTITION BY releases.track_id) AS housed
    FROM releases
),
chosen AS (
    SELECT
        track_id,
        MAX(CASE WHEN place = titled THEN title END) AS title,
        MAX(CASE WHEN place = credited THEN artist_credit END) AS artist_credit,
        MAX(CASE WHEN place = coded THEN isrc END) AS isrc,
        MAX(CASE WHEN place = housed OR (housed = 0 AND date_place = released) THEN album_id END) AS spotify_album_id,
        MAX(CASE WHEN place = housed OR (housed = 0 AND date_place = released) THEN album_name END) AS album_name,
        MAX(CASE WHEN place = housed OR (housed = 0 AND date_place = released) THEN source END) AS album_provider,
        MAX(CASE WHEN date_place = released THEN release_date END) AS release_date,
        MAX(CASE WHEN date_place = released THEN release_date_precision END) AS release_date_precision,
        MAX(CASE WHEN date_place = released THEN source END) AS release_provider,
        MAX(CASE WHEN place = timed THEN duration_ms END) AS duration_ms,
        MAX(CASE WHEN place = marked THEN explicit END) AS explicit,
        MAX(CASE WHEN place = filed THEN genre END) AS genre,
        MAX(CASE WHEN place = filed THEN subgenre END) AS subgenre,
        MAX(CASE WHEN place = filed THEN source END) AS genre_provider,
        MAX(CASE WHEN place = measured THEN danceability END) AS danceability,
        MAX(CASE WHEN place = measured THEN energy END) AS energy,
        MAX(CASE WHEN place = measured THEN key END) AS key,
        MAX(CASE WHEN place = measured THEN loudness END) AS loudness,
        MAX(CASE WHEN place = measured THEN mode END) AS mode,
        MAX(CASE WHEN place = measured THEN speechiness END) AS speechiness,
        MAX(CASE WHEN place = measured THEN acousticness END) AS acousticness,
        MAX(CASE WHEN place = measured THEN instrumentalness END) AS instrumentalness,
        MAX(CASE WHEN place = measured THEN liveness END) AS liveness,
        MAX(CASE WHEN place = measured THEN valence END) AS valence,
        MAX(CASE WHEN place = measured THEN tempo END) AS tempo,
        MAX(CASE WHEN place = measured THEN time_signature END) AS time_signature,
        MAX(CASE WHEN place = measured THEN source END) AS features_provider,
        MAX(CASE WHEN place = measured THEN as_of END) AS features_version,
        MAX(CASE WHEN place = 1 THEN file_id END) AS source_file_id,
        MAX(CASE WHEN place = 1 THEN record END) AS source_record
    FROM albums
    GROUP BY track_id
),
-- Loudness and tempo are comparable within a source only. They are summed as whole thousandths: sums of
-- fractions depend on the order of adding, and so on the engine, the threads and the order of arrival.
thousandths AS (
    SELECT
        chosen.*,
        CAST(FLOOR(chosen.loudness * 1000 + 0.5e0) AS BIGINT) AS loudness_k,
        CAST(FLOOR(chosen.tempo * 1000 + 0.5e0) AS BIGINT) AS tempo_k
    FROM chosen
),
sums AS (
    SELECT
        thousandths.*,
        CAST(COUNT(loudness_k) OVER (PARTITION BY features_provider) AS DOUBLE) AS loudness_n,
        CAST(CAST(SUM(loudness_k) OVER (PARTITION BY features_provider) AS BIGINT) AS DOUBLE) AS loudness_sum,
        CAST(CAST(SUM(loudness_k * loudness_k) OVER (PARTITION BY features_provider) AS BIGINT) AS DOUBLE)
            AS loudness_squares,
        MIN(loudness) OVER (PARTITION BY features_provider) AS loudness_least,
        MAX(loudness) OVER (PARTITION BY features_provider) AS loudness_most,
        CAST(COUNT(tempo_k) OVER (PARTITION BY features_provider) AS DOUBLE) AS tempo_n,
        CAST(CAST(SUM(tempo_k) OVER (PARTITION BY features_provider) AS BIGINT) AS DOUBLE) AS tempo_sum,
        CAST(CAST(SUM(tempo_k * tempo_k) OVER (PARTITION BY features_provider) AS BIGINT) AS DOUBLE) AS tempo_squares,
        MIN(tempo) OVER (PARTITION BY features_provider) AS tempo_least,
        MAX(tempo) OVER (PARTITION BY features_provider) AS tempo_most
    FROM thousandths
),
scaled AS (
    SELECT
        sums.*,
        (loudness - loudness_sum / NULLIF(loudness_n, 0) / 1000e0) / NULLIF(
            SQRT(GREATEST(loudness_squares * loudness_n - loudness_sum * loudness_sum, 0e0))
                / NULLIF(loudness_n, 0) / 1000e0, 0
        ) AS loudness_z,
        (loudness - loudness_least) / NULLIF(loudness_most - loudness_least, 0) AS loudness_norm,
        (tempo - tempo_sum / NULLIF(tempo_n, 0) / 1000e0) / NULLIF(
            SQRT(GREATEST(tempo_squares * tempo_n - tempo_sum * tempo_sum, 0e0)) / NULLIF(tempo_n, 0) / 1000e0, 0
        ) AS tempo_z,
        (tempo - tempo_least) / NULLIF(tempo_most - tempo_least, 0) AS tempo_norm
    FROM sums
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
-- What tracks are told from one another by. Where no source gives an album's id but one album of that name by that
-- artist has one, it is that album.
keyed AS (
    SELECT
        scaled.*,
        artist.artist_id, artist.artist_name, title.title_key, latest.popularity, latest.as_of AS popularity_as_of,
        latest.source AS popularity_provider,
        MIN(scaled.spotify_album_id) OVER (PARTITION BY scaled.album_name, artist.artist_id) AS least_album_id,
        MAX(scaled.spotify_album_id) OVER (PARTITION BY scaled.album_name, artist.artist_id) AS most_album_id
    FROM scaled
    LEFT JOIN cleandata.track_artists AS artist ON artist.track_id = scaled.track_id AND artist.position = 1
    LEFT JOIN cleandata.text_keys AS title ON title.text = scaled.title
    LEFT JOIN popularities AS latest ON latest.track_id = scaled.track_id AND latest.place = 1
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
FROM keyed
