-- devices @ shop
SELECT "_objects"."id" AS "id", "_objects"."name" AS "name"
FROM "shop"."devices" AS "_objects"
ORDER BY "_objects"."id"

-- devices.all @ shop
SELECT "_bucket"."item" AS "__group0", CASE WHEN (("_bucket"."item" IS NULL) OR ("_bucket"."item" = "_series"."__group0")) THEN "_series"."__value1" ELSE 0 END AS "__value1", CASE WHEN (("_bucket"."item" IS NULL) OR ("_bucket"."item" = "_series"."__group0")) THEN "_series"."__value2" END AS "__value2", "_series"."__key0" AS "__key0"
FROM (SELECT "_groups".*, CASE WHEN (("_groups"."__group0" IS NOT NULL) AND (lag("_groups"."__group0") OVER (PARTITION BY "_groups"."__key0" ORDER BY "_groups"."__group0") IS NULL)) THEN min("_groups"."__group0") OVER (PARTITION BY "_groups"."__key0") ELSE "_groups"."__group0" END AS "__first", coalesce((lead("_groups"."__group0") OVER (PARTITION BY "_groups"."__key0" ORDER BY "_groups"."__group0") - INTERVAL '1 microsecond'), max("_groups"."__group0") OVER (PARTITION BY "_groups"."__key0")) AS "__last" FROM (SELECT date_trunc('hour', "_target_1"."at") AS "__group0", count(*) AS "__value1", max("_target_1"."value") AS "__value2", "_target_1"."device_id" AS "__key0" FROM "shop"."readings" AS "_target_1" WHERE ("_target_1"."at" IS NOT NULL) GROUP BY 1, "_target_1"."device_id") AS "_groups") AS "_series"
LEFT JOIN LATERAL (SELECT unnest(generate_series("_series"."__first", "_series"."__last", CAST($1 AS INTERVAL)))) AS "_bucket"("item") ON TRUE
WHERE ("_series"."__key0" IN ($2))
ORDER BY "_series"."__key0", "_bucket"."item"
-- $1 = "1 hour"
-- $2 = "<keys>"

-- devices.page @ shop
SELECT "_page"."__group0" AS "__group0", "_page"."__value1" AS "__value1", "_page"."__key0" AS "__key0"
FROM (SELECT "_bucket"."item" AS "__group0", CASE WHEN (("_bucket"."item" IS NULL) OR ("_bucket"."item" = "_series"."__group0")) THEN "_series"."__value1" ELSE 0 END AS "__value1", "_series"."__key0" AS "__key0" FROM (SELECT "_groups".*, CASE WHEN (("_groups"."__group0" IS NOT NULL) AND (lag("_groups"."__group0") OVER (PARTITION BY "_groups"."__key0" ORDER BY "_groups"."__group0") IS NULL)) THEN min("_groups"."__group0") OVER (PARTITION BY "_groups"."__key0") ELSE "_groups"."__group0" END AS "__first", coalesce((lead("_groups"."__group0") OVER (PARTITION BY "_groups"."__key0" ORDER BY "_groups"."__group0") - INTERVAL '1 microsecond'), max("_groups"."__group0") OVER (PARTITION BY "_groups"."__key0")) AS "__last" FROM (SELECT date_trunc('hour', "_target_2"."at") AS "__group0", count(*) AS "__value1", "_target_2"."device_id" AS "__key0" FROM "shop"."readings" AS "_target_2" GROUP BY 1, "_target_2"."device_id") AS "_groups") AS "_series" LEFT JOIN LATERAL (SELECT unnest(generate_series("_series"."__first", "_series"."__last", CAST($1 AS INTERVAL)))) AS "_bucket"("item") ON TRUE ORDER BY "_bucket"."item") AS "_page"
WHERE ("_page"."__key0" IN ($2))
QUALIFY ((row_number() OVER (PARTITION BY "_page"."__key0" ORDER BY "_page"."__group0") <= $3) AND (row_number() OVER (PARTITION BY "_page"."__key0" ORDER BY "_page"."__group0") > $4))
ORDER BY "_page"."__group0"
-- $1 = "1 hour"
-- $2 = "<keys>"
-- $3 = 3
-- $4 = 1
