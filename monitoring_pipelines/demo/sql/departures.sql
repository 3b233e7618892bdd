-- Every departure from New York in 2013 as the model sees it before the doors close, oldest first,
-- and how it ended. Parameters: $start, the first local day to monitor; $end, the first left out.
WITH known AS (
    SELECT
        *,
        make_date(year, month, day) AS local_day,
        make_timestamp(year, month, day, hour, minute, 0) AS local_departure
    FROM flights
),

numbered AS (
    SELECT
        *,
        format('2013-{:06d}', row_number() OVER (
            ORDER BY local_departure, carrier, flight, origin, dest
        )) AS prediction_id
    FROM known
)

SELECT
    numbered.prediction_id,
    timezone('America/New_York', numbered.local_departure) AS predicted_at,
    numbered.local_day,
    -- Days share their weather, so whole days are held out: the third of every three.
    CASE
        WHEN numbered.local_day >= $start THEN 'monitored'
        WHEN dayofyear(numbered.local_day) % 3 = 0 THEN 'held out'
        ELSE 'training'
    END AS part,
    numbered.carrier,
    numbered.origin,
    numbered.dest,
    (numbered.hour * 60 + numbered.minute)::INTEGER AS minute_of_day,
    isodow(numbered.local_day)::INTEGER AS dow,
    numbered.distance::INTEGER AS distance,
    (2013 - planes.year)::INTEGER AS plane_age,
    planes.seats::INTEGER AS seats,
    weather.temp,
    weather.dewp,
    weather.humid,
    round(weather.wind_speed, 3) AS wind_speed,
    weather.precip,
    weather.visib,
    weather.pressure,
    -- Late is more than a quarter of an hour; a cancelled or diverted flight has no delay.
    (numbered.arr_delay > 15)::TINYINT AS delayed,
    -- On the destination's clock; the package knows no time zone for the Caribbean.
    coalesce(airports.tzone, 'America/Puerto_Rico') AS arrival_zone,
    numbered.local_day + to_minutes((numbered.arr_time // 100) * 60 + numbered.arr_time % 100)
        AS local_arrival
FROM numbered
LEFT JOIN planes ON planes.tailnum = numbered.tailnum
LEFT JOIN weather ON weather.origin = numbered.origin AND weather.time_hour = numbered.time_hour
LEFT JOIN airports ON airports.faa = numbered.dest
WHERE numbered.local_day < $end
ORDER BY predicted_at, prediction_id
