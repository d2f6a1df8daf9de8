-- customers @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."customers" AS "_objects"
ORDER BY "_objects"."id"

-- customers.cheapest @ shop
SELECT "_page"."id" AS "id", "_page"."total" AS "total", "_page"."__key0" AS "__key0"
FROM (SELECT "_target_1"."id" AS "id", "_target_1"."total" AS "total", "_target_1"."customer_id" AS "__key0" FROM "shop"."orders" AS "_target_1" ORDER BY "_target_1"."total" LIMIT $1) AS "_page"
WHERE ("_page"."__key0" IN ($2))
ORDER BY "_page"."total"
-- $1 = 2
-- $2 = "<keys>"

-- customers.paid @ shop
SELECT "_target_2"."id" AS "id", "_target_2"."customer_id" AS "__key0"
FROM "shop"."orders" AS "_target_2"
WHERE ("_target_2"."status" = $1) AND ("_target_2"."customer_id" IN ($2))
ORDER BY "_target_2"."id"
-- $1 = "paid"
-- $2 = "<keys>"
