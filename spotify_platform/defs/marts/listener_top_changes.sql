-- What became of what a listener hears most between two days on which a list was told, one after the other: what is new on
-- it, rose, fell or is gone. The first time nothing comes; what keeps its place is no change.
WITH days AS (
    SELECT DISTINCT entry.listener, entry.item_type, entry.time_range, entry.snapshot_date
    FROM warehouse.fact_listener_top AS entry
),
lists AS (
    SELECT
        days.listener, days.item_type, days.time_range, days.snapshot_date,
        LAG(days.snapshot_date) OVER (
            PARTITION BY days.listener, days.item_type, days.time_range ORDER BY days.snapshot_date NULLS LAST
        ) AS previous_date
    FROM days
),
compared AS (
    SELECT
        lists.snapshot_date, lists.previous_date, lists.listener, lists.item_type, lists.time_range,
        COALESCE(entry.track_id, entry.artist_id) AS item_id, MIN(entry.name) AS name, MIN(entry.artist_credit) AS artist_credit,
        MIN(CASE WHEN entry.snapshot_date = lists.snapshot_date THEN entry.rank END) AS rank,
        MIN(CASE WHEN entry.snapshot_date = lists.previous_date THEN entry.rank END) AS previous_rank
    FROM lists
    INNER JOIN warehouse.fact_listener_top AS entry
        ON entry.listener = lists.listener AND entry.item_type = lists.item_type AND entry.time_range = lists.time_range
        AND (entry.snapshot_date = lists.snapshot_date OR entry.snapshot_date = lists.previous_date)
    WHERE lists.previous_date IS NOT NULL
    GROUP BY
        lists.snapshot_date, lists.previous_date, lists.listener, lists.item_type, lists.time_range,
        COALESCE(entry.track_id, entry.artist_id)
)
SELECT
    compared.snapshot_date,
    compared.previous_date,
    compared.listener,
    compared.item_type,
    compared.time_range,
    compared.item_id,
    compared.name,
    compared.artist_credit,
    CASE
        WHEN compared.previous_rank IS NULL THEN 'new'
        WHEN compared.rank IS NULL THEN 'gone'
        WHEN compared.rank < compared.previous_rank THEN 'up'
        ELSE 'down'
    END AS change,
    compared.rank,
    compared.previous_rank
FROM compared
WHERE compared.rank IS NULL OR compared.previous_rank IS NULL OR compared.rank <> compared.previous_rank
