-- The reference: labelled departures of days that the model has not seen.
-- Parameters: $version of the model; $threshold, the probability from which on it says "late".
CREATE TABLE training.flight_delay AS
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
    (probability >= $threshold)::TINYINT AS predicted_label,
    delayed
FROM scored
WHERE part = 'held out' AND delayed IS NOT NULL
ORDER BY predicted_at, prediction_id
