-- shops @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."shops" AS "_objects"
ORDER BY "_objects"."id"

-- shops.months @ shop
SELECT CAST(date_trunc('month', "_target_1"."day") AS DATE) AS "month", sum("_target_1"."pieces") AS "pieces", "_target_1"."shop_id" AS "__key0"
FROM "shop"."sales" AS "_target_1"
WHERE ("_target_1"."shop_id" IN ($1))
GROUP BY 1, "_target_1"."shop_id"
QUALIFY (row_number() OVER (PARTITION BY "_target_1"."shop_id" ORDER BY sum("_target_1"."pieces") DESC NULLS LAST) <= $2)
ORDER BY 2 DESC NULLS LAST
-- $1 = "<keys>"
-- $2 = 1

-- shops.total @ shop
SELECT sum("_target_2"."pieces") AS "pieces", "_target_2"."shop_id" AS "__key0"
FROM "shop"."sales" AS "_target_2"
WHERE ("_target_2"."shop_id" IN ($1))
GROUP BY "_target_2"."shop_id"
-- $1 = "<keys>"
