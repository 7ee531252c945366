-- What became of every candidate row of every chart file that counts, by month of the chart.
-- `loaded` counts the rows a file is credited with: those that no file brought before it.
WITH candidate_rows AS (
    SELECT
        entry.file_id, CAST(YEAR(entry.chart_date) AS INTEGER) AS year,
        CAST(MONTH(entry.chart_date) AS INTEGER) AS month, COUNT(*) AS candidate_rows
    FROM candidates.chart_entries AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
    GROUP BY entry.file_id, YEAR(entry.chart_date), MONTH(entry.chart_date)
),
conflicts AS (
    SELECT file_id, year, month, credited_outcome, reason, COUNT(*) AS conflict_rows
    FROM cleandata.chart_conflicts
    WHERE credited_outcome <> 'loaded'
    GROUP BY file_id, year, month, credited_outcome, reason
),
lost AS (
    SELECT file_id, year, month, CAST(SUM(conflict_rows) AS BIGINT) AS lost_rows FROM conflicts GROUP BY file_id, year, month
),
outcomes AS (
    SELECT
        candidate_rows.file_id, 'loaded' AS outcome, '' AS reason,
        CAST(candidate_rows.candidate_rows - COALESCE(lost.lost_rows, 0) AS BIGINT) AS outcome_rows,
        candidate_rows.year, candidate_rows.month
    FROM candidate_rows
    LEFT JOIN lost
        ON lost.file_id = candidate_rows.file_id AND lost.year = candidate_rows.year AND lost.month = candidate_rows.month
    UNION ALL
    SELECT file_id, credited_outcome AS outcome, reason, CAST(conflict_rows AS BIGINT) AS outcome_rows, year, month
    FROM conflicts
)
SELECT file_id, outcome, reason, outcome_rows, year, month FROM outcomes
