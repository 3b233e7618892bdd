-- When each label becomes known. Batches are written at 06:00 UTC: nine in ten labels in the first
-- one after landing, 8 % in one of the next three, 2 % one to three weeks later, on the Monday when
-- open cases are settled. Three in a thousand begin as "on time" and are corrected three days on.
-- What was cancelled or diverted never comes.
-- The draws are hashes of the prediction's id, so they are the same in every build.
CREATE TABLE actuals.flight_delay AS
WITH drawn AS (
    SELECT
        prediction_id,
        predicted_at,
        delayed,
        local_arrival,
        arrival_zone,
        ('0x' || substr(md5('batch ' || prediction_id), 1, 8))::UBIGINT / pow(2, 32) AS batch_draw,
        ('0x' || substr(md5('wait ' || prediction_id), 1, 8))::UBIGINT / pow(2, 32) AS wait_draw,
        ('0x' || substr(md5('fix ' || prediction_id), 1, 8))::UBIGINT / pow(2, 32) AS fix_draw
    FROM scored
    WHERE part = 'monitored' AND delayed IS NOT NULL
),

landed AS (
    SELECT
        *,
        -- A clock time before the departure is that of the next morning.
        CASE
            WHEN timezone(arrival_zone, local_arrival) < predicted_at
                THEN timezone(arrival_zone, local_arrival + INTERVAL 1 DAY)
            ELSE timezone(arrival_zone, local_arrival)
        END AS arrived_at
    FROM drawn
),

settled AS (
    SELECT
        *,
        date_trunc('day', arrived_at - INTERVAL 6 HOUR) + INTERVAL 30 HOUR
        + to_days(CASE
            WHEN batch_draw < 0.90 THEN 0
            WHEN batch_draw < 0.98 THEN 1 + floor(wait_draw * 3)
            ELSE 7 + floor(wait_draw * 15)
        END::INTEGER) AS settled_at
    FROM landed
),

recorded AS (
    SELECT
        *,
        CASE
            WHEN batch_draw < 0.98 THEN settled_at
            ELSE date_trunc('week', settled_at + INTERVAL 6 DAY) + INTERVAL 6 HOUR
        END AS first_recorded_at,
        fix_draw < 0.003 AS is_revised
    FROM settled
)

SELECT
    prediction_id,
    CASE WHEN is_revised THEN 0 ELSE delayed END::TINYINT AS delayed,
    first_recorded_at AS recorded_at
FROM recorded
UNION ALL
SELECT
    prediction_id,
    delayed,
    first_recorded_at + INTERVAL 3 DAY AS recorded_at
FROM recorded
WHERE is_revised
ORDER BY recorded_at, prediction_id
