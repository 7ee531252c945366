-- One row per track: what catalogues know of it, else what the charts call it.
-- Values that belong together come from one row of one source; scales of two sources are never blended.
WITH catalogued AS (
    SELECT
        entry.*, landed.source, landed.precedence,
        ROW_NUMBER() OVER (
            PARTITION BY entry.track_id
            ORDER BY landed.precedence NULLS LAST, entry.as_of DESC NULLS LAST, entry.genre NULLS LAST,
                entry.subgenre NULLS LAST, entry.title NULLS LAST, entry.file_id NULLS LAST, entry.record NULLS LAST
        ) AS place,
        ROW_NUMBER() OVER (
            PARTITION BY entry.track_id
            ORDER BY CASE WHEN entry.release_date IS NULL THEN 1 ELSE 0 END, landed.precedence NULLS LAST,
                entry.as_of DESC NULLS LAST, entry.release_date NULLS LAST, entry.album_id NULLS LAST,
                entry.file_id NULLS LAST, entry.record NULLS LAST
        ) AS release_place,
        ROW_NUMBER() OVER (
            PARTITION BY entry.track_id
            ORDER BY CASE WHEN entry.energy IS NULL THEN 1 ELSE 0 END, landed.precedence NULLS LAST,
                entry.as_of DESC NULLS LAST, entry.file_id NULLS LAST, entry.record NULLS LAST
        ) AS features_place,
        ROW_NUMBER() OVER (
            PARTITION BY entry.track_id
            ORDER BY CASE WHEN entry.explicit IS NULL THEN 1 ELSE 0 END, landed.precedence NULLS LAST,
                entry.as_of DESC NULLS LAST, entry.file_id NULLS LAST, entry.record NULLS LAST
        ) AS explicit_place
    FROM candidates.track_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
),
latest_popularity AS (
    SELECT
        measured.track_id, measured.as_of, measured.popularity,
        ROW_NUMBER() OVER (
            PARTITION BY measured.track_id
            ORDER BY measured.as_of DESC NULLS LAST, landed.precedence NULLS LAST, measured.source NULLS LAST
        ) AS place
    FROM cleandata.track_popularity AS measured
    INNER JOIN candidates.files AS landed ON landed.file_id = measured.source_file_id
),
charted AS (
    SELECT
        label.track_id, label.title, label.artist_credit,
        ROW_NUMBER() OVER (
            PARTITION BY label.track_id
            ORDER BY landed.precedence NULLS LAST, CASE WHEN label.title IS NULL THEN 1 ELSE 0 END,
                label.title NULLS LAST, label.artist_credit NULLS LAST
        ) AS place
    FROM candidates.chart_labels AS label
    INNER JOIN candidates.files AS landed ON landed.file_id = label.file_id
    WHERE label.track_id IS NOT NULL
),
known AS (
    SELECT track_id FROM catalogued
    UNION
    SELECT track_id FROM charted
),
features AS (
    SELECT
        track_id, source, as_of, danceability, energy, key, loudness, mode, speechiness, acousticness,
        instrumentalness, liveness, valence, tempo, time_signature
    FROM catalogued
    WHERE features_place = 1 AND energy IS NOT NULL
),
-- Loudness and tempo are comparable within a source only. They are summed as whole thousandths: sums of
-- fractions depend on the order of adding, and so on the engine, the threads and the order of arrival.
thousandths AS (
    SELECT
        source, loudness, tempo, CAST(FLOOR(loudness * 1000 + 0.5e0) AS BIGINT) AS loudness_k,
        CAST(FLOOR(tempo * 1000 + 0.5e0) AS BIGINT) AS tempo_k
    FROM features
),
sums AS (
    SELECT
        source, CAST(COUNT(loudness_k) AS DOUBLE) AS loudness_n, CAST(COUNT(tempo_k) AS DOUBLE) AS tempo_n,
        CAST(CAST(SUM(loudness_k) AS BIGINT) AS DOUBLE) AS loudness_sum,
        CAST(CAST(SUM(loudness_k * loudness_k) AS BIGINT) AS DOUBLE) AS loudness_squares,
        CAST(CAST(SUM(tempo_k) AS BIGINT) AS DOUBLE) AS tempo_sum,
        CAST(CAST(SUM(tempo_k * tempo_k) AS BIGINT) AS DOUBLE) AS tempo_squares,
        MIN(loudness) AS loudness_least, MAX(loudness) AS loudness_most,
        MIN(tempo) AS tempo_least, MAX(tempo) AS tempo_most
    FROM thousandths
    GROUP BY source
),
scales AS (
    SELECT
        source, loudness_least, loudness_most, tempo_least, tempo_most,
        loudness_sum / NULLIF(loudness_n, 0) / 1000e0 AS loudness_mean,
        SQRT(GREATEST(loudness_squares * loudness_n - loudness_sum * loudness_sum, 0e0))
            / NULLIF(loudness_n, 0) / 1000e0 AS loudness_deviation,
        tempo_sum / NULLIF(tempo_n, 0) / 1000e0 AS tempo_mean,
        SQRT(GREATEST(tempo_squares * tempo_n - tempo_sum * tempo_sum, 0e0)) / NULLIF(tempo_n, 0) / 1000e0
            AS tempo_deviation
    FROM sums
),
scaled AS (
    SELECT
        features.track_id,
        (features.loudness - scales.loudness_mean) / NULLIF(scales.loudness_deviation, 0) AS loudness_z,
        (features.loudness - scales.loudness_least) / NULLIF(scales.loudness_most - scales.loudness_least, 0)
            AS loudness_norm,
        (features.tempo - scales.tempo_mean) / NULLIF(scales.tempo_deviation, 0) AS tempo_z,
        (features.tempo - scales.tempo_least) / NULLIF(scales.tempo_most - scales.tempo_least, 0) AS tempo_norm
    FROM features
    INNER JOIN scales ON scales.source = features.source
)
SELECT
    known.track_id,
    COALESCE(best.title, charted.title) AS title,
    COALESCE(best.artist_credit, charted.artist_credit) AS artist_credit,
    released.album_id,
    released.album_name,
    released.release_date,
    released.release_date_precision,
    best.duration_ms,
    explicit_known.explicit,
    best.genre,
    best.subgenre,
    latest.popularity,
    latest.as_of AS popularity_as_of,
    CASE WHEN latest.popularity <= 33 THEN 'Low' WHEN latest.popularity <= 66 THEN 'Medium'
        WHEN latest.popularity <= 100 THEN 'High' END AS popularity_category,
    CAST(DATE_DIFF('day', released.release_date, latest.as_of) AS INTEGER) AS track_age_days,
    features.danceability,
    features.energy,
    features.key,
    features.loudness,
    features.mode,
    features.speechiness,
    features.acousticness,
    features.instrumentalness,
    features.liveness,
    features.valence,
    features.tempo,
    features.time_signature,
    features.source AS features_provider,
    features.as_of AS features_version,
    scaled.loudness_z,
    scaled.loudness_norm,
    scaled.tempo_z,
    scaled.tempo_norm,
    features.energy * features.tempo AS energy_tempo,
    features.energy * features.danceability / NULLIF(scaled.loudness_norm + 1, 0) AS energy_efficiency,
    features.valence * features.energy * features.liveness AS emotional_impact,
    best.file_id AS source_file_id,
    best.record AS source_record
FROM known
LEFT JOIN catalogued AS best ON best.track_id = known.track_id AND best.place = 1
LEFT JOIN catalogued AS released ON released.track_id = known.track_id AND released.release_place = 1
LEFT JOIN catalogued AS explicit_known
    ON explicit_known.track_id = known.track_id AND explicit_known.explicit_place = 1
LEFT JOIN charted ON charted.track_id = known.track_id AND charted.place = 1
LEFT JOIN latest_popularity AS latest ON latest.track_id = known.track_id AND latest.place = 1
LEFT JOIN features ON features.track_id = known.track_id
LEFT JOIN scaled ON scaled.track_id = known.track_id
