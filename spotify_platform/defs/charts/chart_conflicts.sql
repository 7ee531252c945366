-- Candidate rows that compete with others for a place in cleandata.charts, and what became of each.
-- Few charts have such rows: those that several files bring, and those in which landing saw a rank or a
-- track twice. All else looks at these charts alone.
WITH spans AS (
    SELECT
        landed.file_id, landed.period_start, landed.period_end,
        MAX(landed.period_end) OVER (
            ORDER BY landed.period_start NULLS LAST, landed.file_id NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS ended_before,
        LEAD(landed.period_start) OVER (ORDER BY landed.period_start NULLS LAST, landed.file_id NULLS LAST)
            AS starts_next
    FROM candidates.files AS landed
),
overlapping AS (
    SELECT spans.file_id
    FROM spans
    WHERE spans.period_start <= spans.ended_before OR spans.starts_next <= spans.period_end
),
several AS (
    SELECT entry.chart_date, entry.region_code, entry.chart, entry.cadence
    FROM candidates.chart_entries AS entry
    INNER JOIN overlapping ON overlapping.file_id = entry.file_id
    GROUP BY entry.chart_date, entry.region_code, entry.chart, entry.cadence
    HAVING MIN(entry.file_id) <> MAX(entry.file_id)
),
troubled AS (
    SELECT chart_date, region_code, chart, cadence FROM several
    UNION
    SELECT twice.chart_date, twice.region_code, twice.chart, twice.cadence
    FROM candidates.chart_repeats AS twice
    INNER JOIN candidates.files AS landed ON landed.file_id = twice.file_id
),
entries AS (
    SELECT
        entry.file_id, entry.record, entry.chart_date, entry.region_code, entry.chart, entry.cadence,
        entry.rank, entry.streams, entry.trend, label.track_id, label.title, label.artist_credit,
        landed.source, landed.precedence, landed.arrival
    FROM candidates.chart_entries AS entry
    INNER JOIN troubled
        ON troubled.chart_date = entry.chart_date AND troubled.region_code = entry.region_code
        AND troubled.chart = entry.chart AND troubled.cadence = entry.cadence
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
    INNER JOIN candidates.chart_labels AS label ON label.file_id = entry.file_id AND label.label_id = entry.label_id
),
contested AS (
    SELECT chart_date, region_code, chart, cadence, MIN(precedence) AS best_precedence
    FROM entries
    GROUP BY chart_date, region_code, chart, cadence
    HAVING MIN(precedence) <> MAX(precedence)
),
repeated AS (
    SELECT chart_date, region_code, chart, cadence, track_id
    FROM entries
    GROUP BY chart_date, region_code, chart, cadence, track_id
    HAVING COUNT(*) > 1
),
shared AS (
    SELECT chart_date, region_code, chart, cadence, rank
    FROM entries
    GROUP BY chart_date, region_code, chart, cadence, rank
    HAVING COUNT(*) > 1
),
competing AS (
    SELECT
        entry.*,
        CASE WHEN entry.precedence > contested.best_precedence THEN 1 ELSE 0 END AS is_outranked,
        contested.best_precedence
    FROM entries AS entry
    LEFT JOIN contested
        ON contested.chart_date = entry.chart_date AND contested.region_code = entry.region_code
        AND contested.chart = entry.chart AND contested.cadence = entry.cadence
    LEFT JOIN repeated
        ON repeated.chart_date = entry.chart_date AND repeated.region_code = entry.region_code
        AND repeated.chart = entry.chart AND repeated.cadence = entry.cadence
        AND repeated.track_id = entry.track_id
    LEFT JOIN shared
        ON shared.chart_date = entry.chart_date AND shared.region_code = entry.region_code
        AND shared.chart = entry.chart AND shared.cadence = entry.cadence
        AND shared.rank = entry.rank
    WHERE contested.chart_date IS NOT NULL OR repeated.chart_date IS NOT NULL OR shared.chart_date IS NOT NULL
),
-- A track at two ranks of one chart keeps the better; the rest of the order only makes it one order.
-- The table's row is chosen by content, the credit for it goes to the file that brought it first.
placed AS (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY chart_date, region_code, chart, cadence, track_id, is_outranked
            ORDER BY rank NULLS LAST, streams DESC NULLS LAST, title NULLS LAST, artist_credit NULLS LAST,
                trend NULLS LAST, file_id NULLS LAST, record NULLS LAST
        ) AS place,
        ROW_NUMBER() OVER (
            PARTITION BY chart_date, region_code, chart, cadence, track_id, is_outranked
            ORDER BY arrival NULLS LAST, rank NULLS LAST, record NULLS LAST
        ) AS arrival_place
    FROM competing
),
decided AS (
    SELECT
        *,
        CASE WHEN is_outranked = 1 THEN 'skipped' WHEN place = 1 THEN 'loaded' ELSE 'duplicate' END AS outcome,
        CASE WHEN is_outranked = 1 THEN 'skipped' WHEN arrival_place = 1 THEN 'loaded' ELSE 'duplicate' END
            AS credited_outcome
    FROM placed
)
SELECT
    decided.file_id, decided.record, decided.chart_date, decided.region_code, decided.chart, decided.cadence,
    decided.rank, decided.track_id, decided.outcome, decided.credited_outcome,
    CASE
        WHEN decided.is_outranked = 1 THEN CONCAT('outranked by ', winner.source)
        WHEN decided.credited_outcome = 'duplicate' THEN 'same track of the same chart'
    END AS reason,
    COUNT(CASE WHEN decided.outcome = 'loaded' THEN 1 END) OVER (
        PARTITION BY decided.chart_date, decided.region_code, decided.chart, decided.cadence, decided.rank
    ) > 1 AS is_tied,
    CAST(YEAR(decided.chart_date) AS INTEGER) AS year,
    CAST(MONTH(decided.chart_date) AS INTEGER) AS month
FROM decided
LEFT JOIN (SELECT precedence, MIN(source) AS source FROM entries GROUP BY precedence) AS winner
    ON winner.precedence = decided.best_precedence
