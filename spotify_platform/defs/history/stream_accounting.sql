-- What became of the plays of every history that counts; of those loaded, what they lack.
SELECT file_id, outcome, reason, CAST(COUNT(*) AS BIGINT) AS outcome_rows
FROM cleandata.play_outcomes
GROUP BY file_id, outcome, reason
