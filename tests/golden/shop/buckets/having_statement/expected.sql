-- orders_bucket_aggregation @ shop
SELECT time_bucket(CAST($1 AS INTERVAL), "_objects"."placed_at") AS "__group0", sum("_objects"."total") AS "__value1"
FROM "shop"."orders" AS "_objects"
WHERE (time_bucket(CAST($2 AS INTERVAL), "_objects"."placed_at") > CAST($3 AS TIMESTAMPTZ))
GROUP BY 1
HAVING (sum("_objects"."total") > $4)
-- $1 = "720 hours"
-- $2 = "720 hours"
-- $3 = "2024-01-31T00:00:00Z"
-- $4 = 10.0
