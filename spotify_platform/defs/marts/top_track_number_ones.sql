-- Who led each list, and for how many lists in a row. A list that lacks its first place breaks the row.
WITH lists AS (
    SELECT entry.snapshot_date, entry.region_code, entry.source, MIN(entry.rank) AS best_rank
    FROM warehouse.fact_top_track AS entry
    GROUP BY entry.snapshot_date, entry.region_code, entry.source
),
leaders AS (
    SELECT
        lists.snapshot_date, lists.region_code, lists.source, leader.song_key, leader.track_id, leader.title,
        leader.artist_credit, leader.streams, leader.listeners, leader.is_tied,
        ROW_NUMBER() OVER (
            PARTITION BY lists.region_code, lists.source ORDER BY lists.snapshot_date NULLS LAST
        ) - ROW_NUMBER() OVER (
            PARTITION BY lists.region_code, lists.source, leader.song_key ORDER BY lists.snapshot_date NULLS LAST
        ) AS reign
    FROM lists
    LEFT JOIN warehouse.fact_top_track AS leader
        ON leader.snapshot_date = lists.snapshot_date AND leader.region_code = lists.region_code
        AND leader.source = lists.source AND leader.rank = 1
)
SELECT
    leaders.snapshot_date,
    leaders.region_code,
    leaders.source,
    leaders.song_key,
    leaders.track_id,
    leaders.title,
    leaders.artist_credit,
    leaders.streams,
    leaders.listeners,
    leaders.is_tied,
    CAST(ROW_NUMBER() OVER (
        PARTITION BY leaders.region_code, leaders.source, leaders.song_key, leaders.reign
        ORDER BY leaders.snapshot_date NULLS LAST
    ) AS INTEGER) AS lists_in_a_row
FROM leaders
WHERE leaders.song_key IS NOT NULL
