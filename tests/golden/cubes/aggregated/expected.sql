-- sales_aggregation @ shop
SELECT count(DISTINCT "_objects"."shop_id") AS "__value0", max("_objects"."pieces") AS "__value1", avg("_objects"."pieces") AS "__value2", count(*) AS "__value3"
FROM (SELECT "_objects"."shop_id" AS "shop_id", sum("_objects"."pieces") AS "pieces" FROM "shop"."sales" AS "_objects" GROUP BY "_objects"."shop_id") AS "_objects"

-- sales_bucket_aggregation @ shop
SELECT ("_joined_3"."__key0" IS NOT NULL) AS "__group0", "_joined_3"."name" AS "__group1", count(DISTINCT "_objects"."day") AS "__value2", max("_objects"."pieces") AS "__value3"
FROM (SELECT "_objects"."shop_id" AS "shop_id", CAST(date_trunc('month', "_objects"."day") AS DATE) AS "day", sum("_objects"."pieces") AS "pieces" FROM "shop"."sales" AS "_objects" GROUP BY "_objects"."shop_id", 2) AS "_objects"
LEFT JOIN (SELECT "_target_2".*, "_target_2"."id" AS "__key0" FROM "shop"."shops" AS "_target_2") AS "_joined_3" ON ("_joined_3"."__key0" = "_objects"."shop_id")
GROUP BY 1, "_joined_3"."name"
ORDER BY "_joined_3"."name" NULLS LAST

-- shops @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."shops" AS "_objects"
ORDER BY "_objects"."id"

-- shops.sales_aggregation @ shop
SELECT count(DISTINCT "_target_1"."day") AS "__value0", max("_target_1"."amount") AS "__value1", "_target_1"."__key0" AS "__key0"
FROM (SELECT "_target_1"."day" AS "day", sum("_target_1"."amount") AS "amount", "_target_1"."shop_id" AS "__key0" FROM "shop"."sales" AS "_target_1" GROUP BY "_target_1"."day", "_target_1"."shop_id") AS "_target_1"
WHERE ("_target_1"."__key0" IN ($1))
GROUP BY "_target_1"."__key0"
-- $1 = "<keys>"
