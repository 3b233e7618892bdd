-- What the model said of every departure that is monitored, cancelled ones included.
-- Parameters: $version of the model; $threshold, the probability from which on it says "late".
CREATE TABLE predictions.flight_delay AS
SELECT
    prediction_id,
    predicted_at,
    $version AS model_version,
    carrier,
    origin,
    dest,
    minute_of_day,
    dow,
    distance,
    plane_age,
    seats,
    temp,
    dewp,
    humid,
    wind_speed,
    precip,
    visib,
    pressure,
    probability,
    (probability >= $threshold)::TINYINT AS predicted_label
FROM scored
WHERE part = 'monitored'
ORDER BY predicted_at, prediction_id
