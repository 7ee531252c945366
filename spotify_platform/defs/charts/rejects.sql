-- Rows that could not be read, of every file that counts: where they stand and what was expected.
SELECT rejected.file_id, landed.name AS file_name, rejected.line, rejected.column_name, rejected.reason
FROM candidates.rejected_rows AS rejected
INNER JOIN candidates.files AS landed ON landed.file_id = rejected.file_id
